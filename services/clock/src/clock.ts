import { setTimeout as pause } from 'node:timers/promises';
import type { CustomerFolds } from '@touchstone/customer-folds';
import type { EventStore } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import { openCorrections } from './correct.ts';
import { settleCustomers } from './settle-customers.ts';

/** Finds overdue customers in the tables, and when the next deadline is. */
export interface DueCustomers {
  /**
   * Customers with a deadline before `before` (ms) that their rows do not show yet, the longest
   * overdue first.
   */
  due(before: number, limit: number): Promise<readonly string[]>;
  /**
   * Customers whose rows show a passed deadline before `before` that is not announced, the longest
   * overdue first.
   */
  untold(before: number, limit: number): Promise<readonly string[]>;
  /** Customers whose rows show a deadline at `now` (ms) or later as passed already. */
  ahead(now: number, limit: number): Promise<readonly string[]>;
  /** The earliest deadline that rows do not show yet; null if there is none. */
  nextDueAt(): Promise<number | null>;
  /**
   * The earliest deadline at `from` (ms) or later that rows show but nobody has announced; null if
   * there is none.
   */
  nextUntoldAt(from: number): Promise<number | null>;
}

export interface ClockOptions {
  readonly store: Pick<EventStore, 'append' | 'readStream' | 'streamPages' | 'cutOf' | 'head' | 'lastRecordedAt'>;
  /** Reads the tables of the generation in force at each call. */
  readonly customers: DueCustomers;
  /** Where customers are folded; default: on the caller's thread. */
  readonly folds?: CustomerFolds | undefined;
  readonly measures: () => MeasurementRules;
  /** Positions of the parked events. */
  readonly parked: () => ReadonlySet<bigint>;
  /**
   * The product's now, ms; null while the log has no time yet. It goes back when a clock that ran
   * ahead is set right.
   */
  readonly now: () => Promise<number | null>;
  /** Resolves true once the tables show everything up to a position. */
  readonly reached: (position: bigint, timeoutMs: number) => Promise<boolean>;
  readonly logger: Logger;
  readonly intervalMs?: number;
  /**
   * Called after a correction, with the number of customers whose announcements lay beyond now, and
   * how far (ms) beyond.
   */
  readonly onCorrected?: ((customers: number, aheadMs: number) => void) | undefined;
}

/** Earliest deadlines (ms) of the customers whose rows were just written; null if there is none. */
export interface Written {
  /** The earliest deadline that rows do not show yet. */
  readonly nextDueAt: number | null;
  /** The earliest deadline that rows show but nobody has announced. */
  readonly untoldAt: number | null;
}

export interface Clock {
  /** Tells the clock what the tables now show, which saves it a query. */
  noteWritten(written: Written): void;
  /** Resolves when the tables show every passed deadline. */
  settled(): Promise<void>;
  /**
   * Like {@link settled}, for callers in a hurry: resolves false as soon as it is known that many
   * customers are overdue or the tables lag, while the clock goes on.
   */
  settledSoon(): Promise<boolean>;
  /** Resolves when every passed deadline that the tables show is announced. */
  told(): Promise<void>;
  /** Call it after a switch of generations: the tables are other ones now. */
  lookAgain(): void;
  stop(): Promise<void>;
}

/** Upper limit of the customers settled per query of the tables. */
const SWEEP_MAX = 50_000;
/**
 * Up to this many overdue customers settle in a moment, for which readers of lists wait; for more
 * they do not.
 */
const SOON_MAX = 1000;
/** Customers announced before a sweep that readers wait for gets its turn. */
const TELL_MAX = 500;
/** Tables this far behind the log count as lagging. */
const LAG_MS = 800;
/**
 * For this long after a lag or a slow sweep the clock expects another, unless the tables have
 * reached the log's end.
 */
const LAGGING_MS = 5000;
/** For this long after a lag another is probable, and a list waits only for the short moment. */
const LIKELY_LAGGING_MS = 60_000;
const SHORT_MOMENT_MS = 200;
/** Upper limit of the looks skipped while the tables lag. */
const SKIPS_MAX = 15;

/** Whether a sweep has taken longer than a reader of lists waits. */
function hasTakenLong(begunAt: number): boolean {
  return performance.now() - begunAt > LAG_MS;
}

/** How long to wait for tables that lagged this long ago, both in ms. */
function patienceAfter(laggedMs: number): number {
  if (laggedMs < LAGGING_MS) return 0;
  return laggedMs < LIKELY_LAGGING_MS ? SHORT_MOMENT_MS : LAG_MS;
}

/** One pass that settles everyone who is overdue. */
interface Sweep {
  readonly done: Promise<void>;
  /** Resolves if the sweep turns out to be more than a moment's work. */
  readonly large: Promise<void>;
  /** Whether it has turned out to be more than a moment's work. */
  isLarge: boolean;
  readonly begunAt: number;
}

/**
 * Announces deadlines that pass without an event: the tables say who is overdue, the log says what
 * happened to them, and the announcements are appended to the log, from where the projector updates
 * the rows. Deadlines that rows already show are announced after that, and nobody waits for it.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function startClock(options: ClockOptions): Clock {
  const { customers, now, logger, reached, store, intervalMs = 1000 } = options;
  // Lower bounds of the next deadline and of the next unannounced one, kept from what the projector
  // writes, so that an idle clock costs nothing.
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
    // A settled customer who still shows as overdue does so because the tables lag; the rows report
    // them again when they are written.
    const done = new Set<string>();
    while (!isStopped) {
      const due = (await customers.due(time, SWEEP_MAX)).filter((id) => !done.has(id));
      if (due.length === 0) break;
      for (const id of due) done.add(id);
      if (done.size > SOON_MAX) onLarge();
      await settleCustomers(options, due, time, () => isStopped, onLarge);
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
    // Some callers start a sweep without awaiting its end.
    done.catch(() => undefined);
    const begun: Sweep = { done, large, isLarge: false, begunAt };
    sweeping = begun;
    return begun;
  }

  /** Whether the tables show every passed deadline and nothing needs a correction. */
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

  /** Resolves false as soon as the sweep is known to take long. */
  function isSoon({ done, large }: Sweep): Promise<boolean> {
    return Promise.race([done.then(() => true), large.then(() => false)]);
  }

  /** After a slow sweep or a lag of the tables, a caller waits {@link LAG_MS} at most. */
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
    const patienceMs = patienceAfter(performance.now() - laggedAt);
    if (!(await reached(await store.head(), patienceMs))) {
      if (patienceMs > 0) laggedAt = performance.now();
      // Events that are already in the log will contradict much of what looks due; the sweep is
      // started for the rest.
      sweep();
      return false;
    }
    if (sweeping !== undefined && !(await isSoon(sweeping))) return false;
    return (await isAtRest()) || isSoon(sweep());
  }

  async function tellAll(): Promise<void> {
    const time = await now();
    if (time === null || time <= untoldFrom) return;
    // Rows written meanwhile lower it again.
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
      // Announced customers report again when their rows are written; those ahead of now wait for
      // their time.
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
  // While the tables lag, events that are already in the log will contradict most of what looks
  // due.
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
