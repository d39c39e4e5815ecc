import { setTimeout as pause } from 'node:timers/promises';
import { readKnownTime } from '@touchstone/customer-folds';
import { changesStream, clockCorrectedEvent, formatInstant, standingAnnouncements } from '@touchstone/journey';
import { toAppend } from './announce.ts';
import type { ClockOptions } from './clock.ts';

/** Upper limit of the customers per query of the tables. */
const LOOK_MAX = 50_000;
const REACH_MS = 30_000;
/**
 * Readers of lists wait no longer than this, from the begin of a check, to learn whether the log
 * holds a time ahead of now.
 */
const LOOK_MS = 200;
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
export function openCorrections(options: ClockOptions): Corrections {
  const state: State = {
    options,
    hasNews: true,
    checking: undefined,
    furthest: Number.NEGATIVE_INFINITY,
    latest: Number.NEGATIVE_INFINITY,
    suspected: undefined,
    notBefore: 0,
    correctedAt: new Map(),
    reported: new Set(),
  };
  suspect(state);
  return {
    noteNow(now) {
      if (now < state.latest) suspect(state);
      state.latest = now;
      state.furthest = Math.max(state.furthest, now);
    },
    noteWritten() {
      state.hasNews = true;
      if (state.latest < state.furthest) suspect(state);
    },
    isNeeded: () => isNeeded(state),
    correct: (now, isStopped) => correct(state, now, isStopped),
  };
}

interface State {
  readonly options: ClockOptions;
  /** Rows were written since the log was last asked when it recorded. */
  hasNews: boolean;
  checking: { readonly done: Promise<void>; readonly begunAt: number } | undefined;
  /** The greatest now so far, and the last. */
  furthest: number;
  latest: number;
  /** The log up to this position may hold something ahead; undefined if nothing does. */
  suspected: Promise<bigint> | undefined;
  notBefore: number;
  readonly correctedAt: Map<string, number>;
  /** Customers with corrections that cannot be read, which were reported. */
  readonly reported: Set<string>;
}

function suspect(state: State): void {
  state.suspected = state.options.store.head();
  state.suspected.catch(() => undefined);
}

/** When the last event was recorded; 0 if that does not matter to the rows. */
async function recordedTo({ measures, store }: ClockOptions): Promise<number> {
  return measures().settlesToRecording === true ? ((await store.lastRecordedAt()) ?? 0) : 0;
}

function checkNews(state: State): State['checking'] {
  state.hasNews = false;
  const done = recordedTo(state.options)
    .then((recordedAt) => {
      if (recordedAt > state.latest + SKEW_MS) suspect(state);
    })
    .finally(() => {
      state.checking = undefined;
    });
  done.catch(() => {
    state.hasNews = true;
  });
  return { done, begunAt: performance.now() };
}

async function isNeeded(state: State): Promise<boolean> {
  if (state.hasNews) state.checking ??= checkNews(state);
  // If the log must first be counted to its end, a later look uses the result.
  if (state.checking !== undefined) {
    const { done, begunAt } = state.checking;
    await within(Math.max(0, begunAt + LOOK_MS - performance.now()), done);
  }
  const upTo = state.suspected;
  if (upTo === undefined || performance.now() < state.notBefore) return false;
  try {
    return await state.options.reached(await upTo, 0);
  } catch (error) {
    if (state.suspected === upTo) suspect(state);
    throw error;
  }
}

/** Those of these customers who were not corrected within {@link CORRECT_AGAIN_MS}. */
function unanswered({ correctedAt }: State, customerIds: readonly string[]): readonly string[] {
  const since = performance.now() - CORRECT_AGAIN_MS;
  for (const [customerId, at] of correctedAt) if (at <= since) correctedAt.delete(customerId);
  return customerIds.filter((customerId) => !correctedAt.has(customerId));
}

async function correct(state: State, now: number, isStopped: () => boolean): Promise<void> {
  const { customers, reached, logger, onCorrected } = state.options;
  const looked = state.suspected;
  const done = new Set<string>();
  let isWhole = true;
  while (!isStopped()) {
    const ahead = (await customers.ahead(now, LOOK_MAX)).filter((id) => !done.has(id));
    if (ahead.length === 0) break;
    for (const id of ahead) done.add(id);
    const free = unanswered(state, ahead);
    if (free.length < ahead.length) isWhole = false;
    const { corrected, aheadMs, position } = await correctAhead(state, free, now);
    if (corrected.length === 0) continue;
    for (const id of corrected) state.correctedAt.set(id, performance.now());
    const told = { customers: corrected.length, now: formatInstant(now), aheadMs };
    logger.warn(told, 'a clock ran ahead: what was announced too early is withdrawn');
    onCorrected?.(corrected.length, aheadMs);
    await reached(position, REACH_MS);
  }
  if (!isWhole) state.notBefore = performance.now() + CORRECT_AGAIN_MS;
  else if (state.suspected === looked) state.suspected = undefined;
}

function reportUnreadable({ reported, options }: State, customerId: string, ids: readonly string[]): void {
  if (ids.length === 0 || reported.has(customerId)) return;
  reported.add(customerId);
  options.logger.warn({ customerId, ids }, 'corrections of the clock that cannot be read are passed over');
}

/** Appends one event for each customer concerned, from which their rows are made anew. */
async function correctAhead(
  state: State,
  customerIds: readonly string[],
  now: number,
): Promise<{ readonly corrected: readonly string[]; readonly aheadMs: number; readonly position: bigint }> {
  const { store, measures } = state.options;
  const events = [];
  let aheadMs = 0;
  for (const customerId of customerIds) {
    const announced = await store.readStream(changesStream(customerId));
    const standing = standingAnnouncements(announced);
    reportUnreadable(state, customerId, standing.unreadable);
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
