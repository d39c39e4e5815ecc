import {
  type CountedEvents,
  type CountedMinutes,
  EventStoreError,
  type MinuteCounts,
  type MinuteSpan,
} from './port.ts';

export const MINUTE_MS = 60_000;

/** Counts of the outcomes on the events of one source. */
export interface LedgerEntry {
  accepted: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
}

/** Formats a time, which damage may have made no valid time at all. */
export function instantOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** Start of the minute in which a time lies, ms since 1970. */
export const minuteOf = (time: number): number => time - (time % MINUTE_MS);

/**
 * Checks that a span is of whole minutes; a span that cuts a minute would compare some of its
 * events with all that were accepted in it. Throws a RangeError.
 */
export function checkSpan({ from, to }: MinuteSpan): void {
  if (from < 0 || minuteOf(from) !== from || minuteOf(to) !== to || !(from <= to)) {
    throw new RangeError(`A span to count must be of whole minutes, in order: ${from} to ${to}`);
  }
}

export function tooManyEvents(events: number, eventsMax: number): EventStoreError {
  return new EventStoreError(
    'refused',
    `The span holds ${events} events, and no more than ${eventsMax} are counted at once: ask for a shorter one.`,
  );
}

/** The acceptance counts of one minute; `null` where a store does not keep a count. */
export type Entry = { readonly [Name in keyof LedgerEntry]: number | null } & { readonly accepted: number };

/** Collects the counts of a span. The caller passes minutes in ascending order. */
export interface CountingMinutes {
  enter(minute: number, source: string, entry: Entry): void;
  /** The log holds events of the minute up to `position`, and none after it. */
  reach(minute: number, position: bigint): void;
  /** Adds events found in the log; none has a position after `last`. */
  store(minute: number, source: string, counted: CountedEvents, last: bigint): void;
  /** Ends the count; `last` is the last position of the span in the log. */
  counted(last: bigint): CountedMinutes;
}

interface Row extends Entry {
  readonly minute: number;
  readonly source: string;
  stored: CountedEvents;
  readonly upTo: CountedEvents[];
}

const NONE: CountedEvents = { events: 0, checksum: 0 };
const NOT_ENTERED: Entry = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };

export const plus = (a: CountedEvents, b: CountedEvents): CountedEvents => ({
  events: a.events + b.events,
  checksum: a.checksum + b.checksum,
});

/**
 * Replaces half a surrogate pair, which only damage causes, by U+FFFD, as every table that is
 * compared with this one does.
 */
export const withoutHalfPairs = (source: string): string => source.replace(/\p{Cs}/gu, '\ufffd');

/** Begins a count; `after` is the position of the last event before the span. */
export function countingMinutes(after: bigint, marks: readonly bigint[]): CountingMinutes {
  const rows = new Map<string, Row>();
  const reached = new Map<number, bigint>();
  const rowOf = (minute: number, named: string, entry: Entry = NOT_ENTERED): Row => {
    const source = withoutHalfPairs(named);
    const key = `${minute} ${source}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = { minute, source, ...entry, stored: NONE, upTo: marks.map(() => NONE) };
      rows.set(key, row);
    }
    return row;
  };
  return {
    enter: (minute, source, entry) => void rowOf(minute, source, entry),
    reach: (minute, position) => {
      const before = reached.get(minute);
      if (before === undefined || before < position) reached.set(minute, position);
    },
    store(minute, source, counted, last) {
      const row = rowOf(minute, source);
      row.stored = plus(row.stored, counted);
      for (const [at, mark] of marks.entries()) if (mark >= last) row.upTo[at] = plus(row.upTo[at]!, counted);
    },
    counted(last) {
      const minutes = [...reached].sort(([a], [b]) => a - b);
      const ends = minutes.map(([, upTo], at) => (at === minutes.length - 1 ? last : upTo));
      const ranges = minutes.map(([minute], at) => ({
        minute,
        after: at === 0 ? after : ends[at - 1]!,
        upTo: ends[at]!,
      }));
      return { ranges, counts: [...rows.values()].sort(byMinuteAndSource) };
    },
  };
}

function byMinuteAndSource(a: MinuteCounts, b: MinuteCounts): number {
  if (a.minute !== b.minute) return a.minute - b.minute;
  return a.source < b.source ? -1 : a.source > b.source ? 1 : 0;
}
