import { setTimeout as pause } from 'node:timers/promises';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { Measures } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import { openCorrections } from './correct.ts';
import { settleCustomers } from './settle-customers.ts';

/** Customers whom the tables show as overdue, and when the next one will be. */
export interface DueCustomers {
  /** Those for whom something fell due before `before` (ms) that their rows do not show, the longest due first. */
  due(before: number, limit: number): Promise<readonly string[]>;
  /** Those whose rows show something that fell due before `before` and is not announced, the longest due first. */
  untold(before: number, limit: number): Promise<readonly string[]>;
  /** Those whose rows show that something fell due at `now` (ms) or later. */
  ahead(now: number, limit: number): Promise<readonly string[]>;
  /** The earliest instant at which anything falls due that rows do not show; null if nothing will. */
  nextDueAt(): Promise<number | null>;
  /** The earliest instant at `from` (ms) or later at which anything fell due that rows show and that is not announced; null if there is none. */
  nextUntoldAt(from: number): Promise<number | null>;
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

/** Of customers whose rows were just written, the earliest instant each, ms; null where there is none. */
export interface Written {
  /** At which something falls due that rows do not show. */
  readonly nextDueAt: number | null;
  /** At which something fell due that rows show and that is not announced. */
  readonly untoldAt: number | null;
}

export interface Clock {
  /** Tell the clock what the tables now show, so that it need not ask. */
  noteWritten(written: Written): void;
  /** Resolves when nothing is overdue that the tables do not show. */
  settled(): Promise<void>;
  /** As {@link settled}, for who does not wait for much: resolves false as soon as it is known that many are overdue, or that the tables lag; the clock goes on. */
  settledSoon(): Promise<boolean>;
  /** Resolves when what the tables show as fallen due is announced. */
  told(): Promise<void>;
  /** The tables are others now (a switch of generations). */
  lookAgain(): void;
  stop(): Promise<void>;
}

/** Customers settled between two looks at the tables. */
const SWEEP_MAX = 50_000;
/** So many overdue customers are a moment's work: whoever asks for lists waits for them, and not for more. */
const SOON_MAX = 1000;
/** Customers told of before whoever is waited for has another turn. */
const TELL_MAX = 500;
/** Tables that are further behind the log lag. */
const LAG_MS = 800;
/** So long it is taken for granted that they still do, unless they have come to the end of the log; and that a sweep takes as long as the one before. */
const LAGGING_MS = 5000;
/** Looks left out while the tables lag, at most. */
const SKIPS_MAX = 15;

/** Longer than whoever asks for lists waits for what is a moment's work. */
function hasTakenLong(begunAt: number): boolean {
  return performance.now() - begunAt > LAG_MS;
}

/** One settling of all who are overdue. */
interface Sweep {
  readonly done: Promise<void>;
  /** Resolves if it turns out to be more than a moment's work. */
  readonly large: Promise<void>;
  /** Whether that has turned out. */
  isLarge: boolean;
  readonly begunAt: number;
}

/**
 * Announces what falls due with time alone. The tables say who is overdue; the log says what happened to them; what is announced is
 * appended to the log, where the projector finds it and brings the customer's rows up to it. What rows show already is announced after that, and
 * nobody waits for it.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function startClock(options: ClockOptions): Clock {
  const { customers, now, logger, reached, store, intervalMs = 1000 } = options;
  // Nothing is due before this, and nothing untold; bounds kept from what the projector writes, so that being at rest costs nothing.
  let dueFrom = 0;
  let untoldFrom = 0;
  let sweeping: Sweep | undefined;
  let telling: Promise<void> | undefined;
  let laggedAt = Number.NEGATIVE_INFINITY;
  let slowAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const corrections = openCorrections(options);

  async function settleAll(onLarge: () => void): Promise<void> {
    const time = await now();
    if (time === null) return;
    if (await corrections.isNeeded()) await corrections.correct(time, () => isStopped);
    // Whoever was settled and still shows as overdue does so because the tables lag: they come again when the rows do.
    const done = new Set<string>();
    while (!isStopped) {
      const due = (await customers.due(time, SWEEP_MAX)).filter((id) => !done.has(id));
      if (due.length === 0) break;
      for (const id of due) done.add(id);
      if (done.size > SOON_MAX) onLarge();
      await settleCustomers(options, due, time, () => isStopped);
    }
    dueFrom = Number.MAX_SAFE_INTEGER;
    const next = await customers.nextDueAt();
    dueFrom = Math.min(dueFrom, next ?? Number.MAX_SAFE_INTEGER);
  }

  function sweep(): Sweep {
    if (sweeping !== undefined) return sweeping;
    let tell = () => {};
    const large = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const onLarge = () => {
      begun.isLarge = true;
      tell();
    };
    const begunAt = performance.now();
    const done = settleAll(onLarge).finally(() => {
      sweeping = undefined;
      if (hasTakenLong(begunAt)) slowAt = performance.now();
    });
    // Not everybody who begins one waits for its end.
    done.catch(() => undefined);
    const begun: Sweep = { done, large, isLarge: false, begunAt };
    sweeping = begun;
    return begun;
  }

  /** Whether nothing is overdue that the tables do not show, and nothing is to be corrected. */
  async function isAtRest(): Promise<boolean> {
    const time = await now();
    if (time === null || isStopped) return true;
    corrections.noteNow(time);
    return time <= dueFrom && !(await corrections.isNeeded());
  }

  async function settled(): Promise<void> {
    if (await isAtRest()) return;
    if (sweeping !== undefined) await sweeping.done;
    if (!(await isAtRest())) await sweep().done;
  }

  /** False as soon as a sweep is known to take long. */
  function isSoon({ done, large }: Sweep): Promise<boolean> {
    return Promise.race([done.then(() => true), large.then(() => false)]);
  }

  /** Where the last sweep took long, or the tables lagged lately, nobody is kept for longer than a moment. */
  async function settledSoon(): Promise<boolean> {
    const settling = settledUnlessMuch();
    if (performance.now() - Math.max(slowAt, laggedAt) >= LAGGING_MS) return settling;
    settling.catch(() => undefined);
    const over = new AbortController();
    const moment = pause(LAG_MS, false, { signal: over.signal }).catch(() => false);
    return Promise.race([settling, moment]).finally(() => over.abort());
  }

  async function settledUnlessMuch(): Promise<boolean> {
    if (await isAtRest()) return true;
    if (sweeping !== undefined && (sweeping.isLarge || hasTakenLong(sweeping.begunAt))) return false;
    const patienceMs = performance.now() - laggedAt < LAGGING_MS ? 0 : LAG_MS;
    if (!(await reached(await store.head(), patienceMs))) {
      if (patienceMs > 0) laggedAt = performance.now();
      // Much of what looks due is about to be contradicted by what is in the log already; a little is seen to all the same.
      sweep();
      return false;
    }
    if (sweeping !== undefined && !(await isSoon(sweeping))) return false;
    return (await isAtRest()) || isSoon(sweep());
  }

  async function tellAll(): Promise<void> {
    const time = await now();
    if (time === null || time <= untoldFrom) return;
    // What is written meanwhile brings it back.
    untoldFrom = Number.MAX_SAFE_INTEGER;
    const done = new Set<string>();
    try {
      for (;;) {
        const untold = (await customers.untold(time, SWEEP_MAX)).filter((id) => !done.has(id));
        if (untold.length === 0) break;
        for (const id of untold) done.add(id);
        for (let from = 0; from < untold.length; from += TELL_MAX) {
          if (isStopped) return;
          await sweeping?.done;
          await settleCustomers(options, untold.slice(from, from + TELL_MAX), time, () => isStopped);
        }
      }
      // Whoever was told of comes again with their rows; whoever is ahead of now waits for it.
      untoldFrom = Math.min(untoldFrom, (await customers.nextUntoldAt(time)) ?? Number.MAX_SAFE_INTEGER);
    } catch (error) {
      untoldFrom = 0;
      throw error;
    }
  }

  function told(): Promise<void> {
    telling ??= tellAll().finally(() => {
      telling = undefined;
    });
    return telling;
  }

  const report = (error: unknown) => logger.error({ err: error }, 'what fell due could not be announced; trying again');
  // While the tables lag far behind, most of what looks due is about to be contradicted by what is already in the log.
  let skipped = 0;
  const lookNow = async () => {
    const isLagging = !(await reached(await store.head(), 0));
    if (isLagging && ++skipped < SKIPS_MAX) return;
    skipped = 0;
    await settled();
    told().catch(report);
  };
  const timer = setInterval(() => void lookNow().catch(report), intervalMs);

  return {
    noteWritten({ nextDueAt, untoldAt }) {
      if (nextDueAt !== null && nextDueAt < dueFrom) dueFrom = nextDueAt;
      if (untoldAt !== null && untoldAt < untoldFrom) untoldFrom = untoldAt;
      corrections.noteWritten();
    },
    settled,
    settledSoon,
    told,
    lookAgain() {
      dueFrom = 0;
      untoldFrom = 0;
      corrections.noteWritten();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await sweeping?.done.catch(() => undefined);
      await telling?.catch(() => undefined);
    },
  };
}
