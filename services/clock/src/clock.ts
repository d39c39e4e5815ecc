import { type CustomerFolds, foldsHere } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { Announcement, Measures } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import { announceTo, type CustomerAnnouncement } from './announce.ts';
import { openCorrections } from './correct.ts';

/** Customers whom the tables show as overdue, and when the next one will be. */
export interface DueCustomers {
  /** Those with something due before `before` (ms), the longest due first. */
  due(before: number, limit: number): Promise<readonly string[]>;
  /** Those whose rows show that something fell due at `now` (ms) or later. */
  ahead(now: number, limit: number): Promise<readonly string[]>;
  /** The earliest instant at which anything falls due; null if nothing will. */
  nextDueAt(): Promise<number | null>;
}

export interface ClockOptions {
  readonly store: EventStore;
  /** Of the generation in force, at each call. */
  readonly customers: DueCustomers;
  /** Where they are folded; by default on the caller's thread. */
  readonly folds?: CustomerFolds | undefined;
  readonly measures: () => Measures;
  /** Positions of events that are set aside. */
  readonly parked: () => ReadonlySet<bigint>;
  /** The product's now, ms; null while the log has no time yet. It may go back, where a clock that ran ahead is set right. */
  readonly now: () => Promise<number | null>;
  /** Resolves true once the tables show everything up to a position. */
  readonly reached: (position: bigint, timeoutMs: number) => Promise<boolean>;
  readonly logger: Logger;
  readonly intervalMs?: number;
  /** Told how many customers were just corrected, because what had been announced of them lay beyond now, and how far beyond. */
  readonly onCorrected?: ((customers: number, aheadMs: number) => void) | undefined;
}

export interface Clock {
  /** Tell the clock when something that the tables now show falls due, so that it need not ask. */
  noteWritten(written: { readonly nextDueAt: number | null }): void;
  /** Resolves when nothing that the tables show is overdue. */
  settled(): Promise<void>;
  /** The tables are others now (a switch of generations). */
  lookAgain(): void;
  stop(): Promise<void>;
}

/** Customers settled between two looks at the tables, and of them those whose announcements are appended at once. */
const SWEEP_MAX = 50_000;
const APPEND_MAX = 1000;
const REACH_MS = 30_000;
/** Looks left out while the tables lag, at most. */
const SKIPS_MAX = 15;

/**
 * Announces what falls due with time alone. The tables say who is overdue; the log says what happened to them; what is announced is
 * appended to the log, where the projector finds it and brings the customer's rows up to it.
 */
export function startClock(options: ClockOptions): Clock {
  const { customers, now, logger, intervalMs = 1000 } = options;
  // Nothing is due before this; a bound kept from what the projector writes, so that being at rest costs nothing.
  let dueFrom = 0;
  let sweeping: Promise<void> | undefined;
  let isStopped = false;

  const corrections = openCorrections(options);

  async function sweep(): Promise<void> {
    const time = await now();
    if (time === null) return;
    if (await corrections.isNeeded()) await corrections.correct(time, () => isStopped);
    // Whoever was settled and still shows as overdue does so because the tables lag: they come again when the rows do.
    const done = new Set<string>();
    while (!isStopped) {
      const due = (await customers.due(time, SWEEP_MAX)).filter((id) => !done.has(id));
      if (due.length === 0) break;
      for (const id of due) done.add(id);
      await settleCustomers(options, due, time, () => isStopped);
    }
    dueFrom = Number.MAX_SAFE_INTEGER;
    const next = await customers.nextDueAt();
    dueFrom = Math.min(dueFrom, next ?? Number.MAX_SAFE_INTEGER);
  }

  async function settled(): Promise<void> {
    const time = await now();
    if (time === null) return;
    corrections.noteNow(time);
    const isAtRest = async () => time <= dueFrom && !(await corrections.isNeeded());
    if (await isAtRest()) return;
    if (sweeping !== undefined) await sweeping;
    if ((await isAtRest()) || isStopped) return;
    sweeping ??= sweep().finally(() => {
      sweeping = undefined;
    });
    await sweeping;
  }

  // While the tables lag far behind, most of what looks due is about to be contradicted by what is already in the log.
  let skipped = 0;
  const lookNow = async () => {
    const isAtRest = await options.reached(await options.store.head(), 0);
    if (!isAtRest && ++skipped < SKIPS_MAX) return;
    skipped = 0;
    await settled();
  };
  const timer = setInterval(() => {
    lookNow().catch((error: unknown) =>
      logger.error({ err: error }, 'what fell due could not be announced; trying again'),
    );
  }, intervalMs);

  return {
    noteWritten({ nextDueAt }) {
      if (nextDueAt !== null && nextDueAt < dueFrom) dueFrom = nextDueAt;
      corrections.noteWritten();
    },
    settled,
    lookAgain() {
      dueFrom = 0;
      corrections.noteWritten();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await sweeping?.catch(() => undefined);
    },
  };
}

/** Announce what fell due for these customers before `time`, and wait until the tables show it: while some are read the projector has those before. */
async function settleCustomers(
  options: ClockOptions,
  customerIds: readonly string[],
  time: number,
  isStopped: () => boolean,
): Promise<void> {
  const { store, reached } = options;
  let position = await store.head();
  for (let from = 0; from < customerIds.length && !isStopped(); from += APPEND_MAX) {
    const announcements: CustomerAnnouncement[] = [];
    for (const customerId of customerIds.slice(from, from + APPEND_MAX)) {
      for (const announcement of await dueAnnouncements(options, customerId, time)) {
        announcements.push({ customerId, announcement });
      }
    }
    if (announcements.length > 0) position = await announceTo(store, announcements, true);
  }
  await reached(position, REACH_MS);
}

async function dueAnnouncements(
  { store, measures, parked, folds = foldsHere }: ClockOptions,
  customerId: string,
  time: number,
): Promise<readonly Announcement[]> {
  const setAside = parked();
  const { result, parkedEvents } = await folds.fold(store, {
    task: 'due',
    customerId,
    given: () => ({ measures: measures(), now: time }),
    isSeen: ({ position }) => !setAside.has(position),
  });
  // The projector is about to set an event aside, and says why; the customer comes again then, and the others need not wait.
  return parkedEvents > 0 ? [] : result;
}
