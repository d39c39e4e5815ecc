import { setTimeout as pause } from 'node:timers/promises';
import { isRefused, type MinuteSpan } from '@touchstone/event-store';
import { MINUTE_MS } from '@touchstone/journey';
import { OTHER } from '@touchstone/read-models';
import { inSlices, type Logger } from '@touchstone/runtime';
import {
  type Conservation,
  type ConservationRow,
  type ConservationSources,
  onOneGeneration,
  readConservation,
} from './conservation.ts';
import { findFaults } from './conservation-faults.ts';

export interface ConservationWatchOptions extends ConservationSources {
  readonly logger: Logger;
  /** ms since 1970; the wall clock by default. */
  readonly now?: () => number;
  /** Time between two checks, ms; default one minute. */
  readonly everyMs?: number;
}

export interface ConservationWatchState {
  /**
   * All events stored from an hour before the start up to this time, ms since 1970, are checked;
   * `null` before the first check.
   */
  readonly checkedUntil: number | null;
  /** Number of events in gaps, by source. */
  readonly gaps: ReadonlyMap<string, number>;
}

export interface ConservationWatch {
  state(): ConservationWatchState;
  /**
   * Checks now the minutes that are not checked yet; resolves once they are. Throws what the stores
   * throw.
   */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** How far back the first check of a process, and of a new generation, begins. */
const BACK_MS = 60 * MINUTE_MS;
/**
 * A minute is over when the log holds a later one. In a quiet log it is over this long after its
 * end, because a server's clock may be behind ours.
 */
const OVER_MS = 2 * MINUTE_MS;
/** Greatest number of events in one step, unless a single minute holds more. */
const STEP_EVENTS = 200_000;
/** Minutes with a gap that each check compares again, because the gap may have closed. */
const AGAIN_MAX = 60;
/**
 * Greatest number of rows with a gap that are remembered; with more, single gaps matter no longer.
 */
const GAPS_MAX = 10_000;
/** Greatest number of sources in the metric; one number sums the gaps of the others. */
const SOURCES_TOLD = 1_000;
const SEARCH = { gapsMax: 20, namedMax: 20, searchedMax: 200_000 };

const minuteOf = (time: number) => time - (time % MINUTE_MS);

/**
 * Until stopped, checks that all events of each minute are accounted for, once it is over and
 * projected; logs each new gap with its events, and shows it in `state` until it has closed. A
 * check reads the minute's events from the log once more, some 1.2 µs each in SQLite.
 */
export function watchConservation(options: ConservationWatchOptions): ConservationWatch {
  const { store, logger, now = Date.now, everyMs = MINUTE_MS } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const gaps = new Map<string, ConservationRow>();
  let checkedUntil: number | null = null;
  let generation: number | undefined;

  const note = async (conservation: Conservation, until: number): Promise<void> => {
    const fresh: ConservationRow[] = [];
    await inSlices(conservation.rows, (row) => {
      if (row.minute >= until) return;
      const key = `${row.minute} ${row.source}`;
      if (row.gap === 0) gaps.delete(key);
      else {
        if (gaps.get(key)?.gap !== row.gap) fresh.push(row);
        if (gaps.size < GAPS_MAX) gaps.set(key, row);
      }
    });
    if (fresh.length > 0) await tell(options, { ...conservation, rows: fresh });
  };

  const checkAgain = async (): Promise<void> => {
    const minutes = [...new Set([...gaps.values()].map(({ minute }) => minute))].slice(0, AGAIN_MAX);
    for (const minute of minutes) {
      if (signal.aborted) return;
      await note(await readConservation(options, { from: minute, to: minute + MINUTE_MS }), minute + MINUTE_MS);
    }
  };

  /** Resolves to the end of the span, or to the first minute that is not projected completely. */
  const checkSpan = async (span: MinuteSpan): Promise<number> => {
    const conservation = await readInSteps(options, span);
    const behind = conservation.rows.find(({ lag }) => lag > 0);
    const until = behind?.minute ?? conservation.span.to;
    await note(conservation, until);
    return until;
  };

  const check = async (): Promise<void> => {
    const last = await store.lastRecordedAt();
    if (last === null) return;
    if (generation !== options.generation()) {
      generation = options.generation();
      checkedUntil = Math.max(0, minuteOf(last) - BACK_MS);
    } else await checkAgain();
    const over = Math.max(minuteOf(last), minuteOf(now() - OVER_MS));
    while (checkedUntil !== null && checkedUntil < over && !signal.aborted) {
      const span = { from: checkedUntil, to: Math.min(over, checkedUntil + BACK_MS) };
      const until = await checkSpan(span);
      if (until === checkedUntil) return;
      checkedUntil = until;
    }
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      await onOneGeneration(options, check).catch((error: unknown) => {
        if (!signal.aborted) logger.warn({ err: error }, 'whether every event is accounted for could not be checked');
      });
    }
  };
  const running = run();

  return {
    state: () => {
      const bySource = new Map<string, number>();
      for (const { source, gap } of gaps.values()) {
        const name = bySource.size < SOURCES_TOLD || bySource.has(source) ? source : OTHER;
        bySource.set(name, (bySource.get(name) ?? 0) + gap);
      }
      return { checkedUntil, gaps: bySource };
    },
    check,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/**
 * Reads the first part of the span that fits one step, halving the span until it does; at least one
 * minute.
 */
async function readInSteps(options: ConservationWatchOptions, span: MinuteSpan): Promise<Conservation> {
  const minutes = (span.to - span.from) / MINUTE_MS;
  if (minutes <= 1) return readConservation(options, span);
  try {
    return await readConservation(options, span, STEP_EVENTS);
  } catch (error) {
    if (!isRefused(error)) throw error;
    return readInSteps(options, { from: span.from, to: span.from + Math.floor(minutes / 2) * MINUTE_MS });
  }
}

async function tell(options: ConservationWatchOptions, conservation: Conservation): Promise<void> {
  const found = await findFaults(options, conservation, SEARCH);
  for (const { minute, source, gap, events } of found) {
    options.logger.error(
      {
        minute: new Date(minute).toISOString(),
        source,
        gap,
        events: events.map(({ position, ...event }) => ({ ...event, position: String(position) })),
      },
      'events are not accounted for: GET /v1/conservation names more of them; what the read model lacks, a rebuild restores',
    );
  }
  const untold = conservation.rows.length - found.length;
  if (untold > 0) options.logger.error({ untold }, 'and in more minutes or sources: see GET /v1/conservation');
}
