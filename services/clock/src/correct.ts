import { setTimeout as pause } from 'node:timers/promises';
import { readKnownTime } from '@touchstone/customer-folds';
import { changesStream, clockCorrectedEvent, formatInstant, standingAnnouncements } from '@touchstone/journey';
import { toAppend } from './announce.ts';
import type { ClockOptions } from './clock.ts';

/** Upper limit of the customers per query of the tables. */
const LOOK_MAX = 50_000;
const REACH_MS = 30_000;
/** Readers of lists wait no longer than this to learn whether the log holds a time ahead of now. */
const LOOK_MS = 500;
/**
 * A customer is corrected at most once in this time, so that two processes with different clocks do
 * not answer each other without end.
 */
const CORRECT_AGAIN_MS = 10 * 60 * 1000;
/** Tolerated lead of a server's clock that records events; it passes by itself. */
const SKEW_MS = 60_000;

/** Resolves with the work, or after `ms` without it. Rejects with the work's error until then. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const late = pause(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work, late]).finally(() => over.abort());
}

export interface Corrections {
  /** Reports the product's now at each look; if it goes back, announcements may lie ahead of it. */
  noteNow(now: number): void;
  /** Reports that rows were written. */
  noteWritten(): void;
  /** Whether something may lie ahead, and the tables are current enough to tell. */
  isNeeded(): Promise<boolean>;
  /**
   * Withdraws the announcements of deadlines at `now` or later, and the rows made from them.
   * Resolves once the tables show it.
   */
  correct(now: number, isStopped: () => boolean): Promise<void>;
}

/**
 * Looks for deadlines shown or announced too early. It checks the log as found at start, again
 * whenever now goes back or events were recorded ahead of it, and then after each write until now
 * has caught up.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function openCorrections(options: ClockOptions): Corrections {
  const { store, customers, reached, logger, onCorrected } = options;
  let hasNews = true;
  let checking: Promise<void> | undefined;
  let furthest = Number.NEGATIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  // The log up to this position may hold something ahead; undefined if nothing does.
  let suspected: Promise<bigint> | undefined = store.head();
  suspected.catch(() => undefined);
  let notBefore = 0;
  const correctedAt = new Map<string, number>();
  const reported = new Set<string>();

  function suspect(): void {
    suspected = store.head();
    suspected.catch(() => undefined);
  }

  /** When the last event was recorded; 0 if that does not matter to the rows. */
  async function recordedTo(): Promise<number> {
    return options.measures().settlesToRecording === true ? ((await store.lastRecordedAt()) ?? 0) : 0;
  }

  function checkNews(): Promise<void> {
    hasNews = false;
    const checked = recordedTo()
      .then((recordedAt) => {
        if (recordedAt > latest + SKEW_MS) suspect();
      })
      .finally(() => {
        checking = undefined;
      });
    checked.catch(() => {
      hasNews = true;
    });
    return checked;
  }

  function reportUnreadable(customerId: string, ids: readonly string[]): void {
    if (ids.length === 0 || reported.has(customerId)) return;
    reported.add(customerId);
    logger.warn({ customerId, ids }, 'corrections of the clock that cannot be read are passed over');
  }

  /** Those of these customers who were not corrected within {@link CORRECT_AGAIN_MS}. */
  function unanswered(customerIds: readonly string[]): readonly string[] {
    const since = performance.now() - CORRECT_AGAIN_MS;
    for (const [customerId, at] of correctedAt) if (at <= since) correctedAt.delete(customerId);
    return customerIds.filter((customerId) => !correctedAt.has(customerId));
  }

  return {
    noteNow(now) {
      if (now < latest) suspect();
      latest = now;
      furthest = Math.max(furthest, now);
    },
    noteWritten() {
      hasNews = true;
      if (latest < furthest) suspect();
    },
    async isNeeded() {
      if (hasNews) checking ??= checkNews();
      // If the log must first be counted to its end, the next look uses the result.
      if (checking !== undefined) await within(LOOK_MS, checking);
      const upTo = suspected;
      if (upTo === undefined || performance.now() < notBefore) return false;
      try {
        return await reached(await upTo, 0);
      } catch (error) {
        if (suspected === upTo) suspect();
        throw error;
      }
    },
    async correct(now, isStopped) {
      const looked = suspected;
      const done = new Set<string>();
      let isWhole = true;
      while (!isStopped()) {
        const ahead = (await customers.ahead(now, LOOK_MAX)).filter((id) => !done.has(id));
        if (ahead.length === 0) break;
        for (const id of ahead) done.add(id);
        const free = unanswered(ahead);
        if (free.length < ahead.length) isWhole = false;
        const { corrected, aheadMs, position } = await correctAhead(options, free, now, reportUnreadable);
        if (corrected.length === 0) continue;
        for (const id of corrected) correctedAt.set(id, performance.now());
        const told = { customers: corrected.length, now: formatInstant(now), aheadMs };
        logger.warn(told, 'a clock ran ahead: what was announced too early is withdrawn');
        onCorrected?.(corrected.length, aheadMs);
        await reached(position, REACH_MS);
      }
      if (!isWhole) notBefore = performance.now() + CORRECT_AGAIN_MS;
      else if (suspected === looked) suspected = undefined;
    },
  };
}

/** Appends one event for each customer concerned, from which their rows are made anew. */
async function correctAhead(
  { store, measures }: ClockOptions,
  customerIds: readonly string[],
  now: number,
  reportUnreadable: (customerId: string, ids: readonly string[]) => void,
): Promise<{ readonly corrected: readonly string[]; readonly aheadMs: number; readonly position: bigint }> {
  const events = [];
  let aheadMs = 0;
  for (const customerId of customerIds) {
    const announced = await store.readStream(changesStream(customerId));
    const standing = standingAnnouncements(announced);
    reportUnreadable(customerId, standing.unreadable);
    const { recordedTo } = await readKnownTime(store, measures(), customerId, announced);
    const isAhead = recordedTo > now + SKEW_MS;
    const event = clockCorrectedEvent(customerId, standing, now, isAhead);
    if (event === null) continue;
    events.push(event);
    aheadMs = Math.max(aheadMs, standing.settledTo - now, isAhead ? recordedTo - now : 0);
  }
  // If two processes correct concurrently, the later append is a conflict, which does no harm: both
  // say the same within a moment.
  const position = events.length === 0 ? 0n : (await store.append(events.map(toAppend))).position;
  return { corrected: events.map(({ subject }) => subject), aheadMs, position };
}
