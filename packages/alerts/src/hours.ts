import type { Hours } from '@touchstone/api';
import { DAY_MS, MINUTE_MS } from '@touchstone/api/vocabulary';
import { IANAZone } from 'luxon';

/** Time within the hours, ms, from a fixed begin to `time`. */
export type OpenTime = (time: number) => number;

/**
 * Sums up the time within `hours` from `from` on, for times up to `to`; all time without hours.
 * Each local day has one interval, which a clock change may stretch, shorten or take away.
 */
export function openTime(hours: Hours | undefined, from: number, to: number): OpenTime {
  if (hours === undefined) return (time) => time - from;
  const begins: number[] = [];
  const ends: number[] = [];
  const before: number[] = [];
  let sum = 0;
  for (const [begin, end] of intervals(hours, from, to)) {
    if (end <= Math.max(begin, from)) continue;
    begins.push(Math.max(begin, from));
    ends.push(end);
    before.push(sum);
    sum += end - begins.at(-1)!;
  }
  return (time) => {
    const index = lastAtOrBefore(begins, time);
    return index < 0 ? 0 : before[index]! + Math.min(time, ends[index]!) - begins[index]!;
  };
}

/** Index of the last of ascending values that is ≤ `time`; -1 if there is none. */
function lastAtOrBefore(values: readonly number[], time: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The intervals of all local days that touch [from, to], in order. */
function* intervals(hours: Hours, from: number, to: number): Generator<readonly [begin: number, end: number]> {
  const offsets = offsetsBetween(hours.timeZone, from - 3 * DAY_MS, to + 3 * DAY_MS);
  const instant = firstInstants(offsets);
  const [opens, closes] = [minutesOf(hours.from), minutesOf(hours.to)];
  const nightMs = closes <= opens ? DAY_MS : 0;
  // Two days more on each side, because a zone's day begins up to 14 hours from UTC's, and its
  // hours may end on the next.
  const firstDay = Math.floor(from / DAY_MS) * DAY_MS - 2 * DAY_MS;
  for (let day = firstDay; day <= to + 2 * DAY_MS; day += DAY_MS) {
    if (!hours.days.includes(weekdayOf(day))) continue;
    yield [instant(day + opens * MINUTE_MS), instant(day + nightMs + closes * MINUTE_MS)];
  }
}

/** 1 is Monday; of the day that begins at a multiple of 24 hours since 1970, a Thursday. */
const weekdayOf = (day: number) => ((((day / DAY_MS + 3) % 7) + 7) % 7) + 1;

function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** A time during which a zone's offset from UTC stays the same. */
interface Offset {
  readonly begin: number;
  readonly end: number;
  readonly offsetMs: number;
}

/** Looks at a zone once a day; between two that differ it finds the instant of the change. */
function offsetsBetween(timeZone: string, from: number, to: number): readonly Offset[] {
  const zone = IANAZone.create(timeZone);
  const offsetAt = (time: number) => Math.round(zone.offset(time) * MINUTE_MS);
  const offsets: Offset[] = [];
  let begin = from;
  let offsetMs = offsetAt(from);
  for (let day = from; day < to; day += DAY_MS) {
    const next = offsetAt(day + DAY_MS);
    if (next === offsetMs) continue;
    const end = changeBetween(offsetAt, day, day + DAY_MS);
    offsets.push({ begin, end, offsetMs });
    begin = end;
    offsetMs = next;
  }
  offsets.push({ begin, end: Number.POSITIVE_INFINITY, offsetMs });
  return offsets;
}

/** The first instant, to the ms, at which the offset is no longer that of `low`. */
function changeBetween(offsetAt: (time: number) => number, low: number, high: number): number {
  const offsetMs = offsetAt(low);
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offsetMs) before = middle;
    else after = middle;
  }
  return after;
}

/**
 * The first instant at which a zone's clock shows a local time or a later one: the change itself
 * for a time that it skips. Local times are given as if they were UTC, and ascending.
 */
function firstInstants(offsets: readonly Offset[]): (local: number) => number {
  let index = 0;
  return (local) => {
    while (local - offsets[index]!.offsetMs >= offsets[index]!.end) index++;
    const { begin, offsetMs } = offsets[index]!;
    return Math.max(begin, local - offsetMs);
  };
}
