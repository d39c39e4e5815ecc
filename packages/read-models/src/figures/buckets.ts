import { type BucketLength, bucketsMs } from '@touchstone/api/vocabulary';
import { DateTime } from 'luxon';
import { ReadModelError } from '../read-model-error.ts';

/** Most buckets of one answer. */
export const BUCKETS_MAX = 10_000;

const CALENDAR = { '1d': 'day', '1w': 'week', '1M': 'month' } as const;

/** Splits time into whole multiples since 1970, or into days, weeks or months of a zone. */
export interface Buckets {
  /** Length of each, ms; undefined for those of a calendar, whose lengths differ. */
  readonly lengthMs: number | undefined;
  /** The begin of the bucket that holds a time, ms. */
  begin(time: number): number;
  /** The begin of the bucket after the one that holds a time, ms. */
  next(time: number): number;
}

/** @param timeZone IANA name of a zone that there is. */
export function bucketsOf(length: BucketLength, timeZone = 'UTC'): Buckets {
  const unit = CALENDAR[length as keyof typeof CALENDAR];
  const isFixed = unit === undefined || (unit === 'day' && timeZone === 'UTC');
  if (isFixed) {
    const lengthMs = bucketsMs[length as keyof typeof bucketsMs];
    const begin = (time: number) => Math.floor(time / lengthMs) * lengthMs;
    return { lengthMs, begin, next: (time) => begin(time) + lengthMs };
  }
  const at = (time: number) => DateTime.fromMillis(time, { zone: timeZone });
  // Where clocks go back over midnight it comes twice, and the day begins with the first.
  const firstMidnight = (day: DateTime) => {
    const start = day.startOf('day');
    const before = at(start.toMillis() - 1);
    return (before.day === start.day ? before.startOf('day') : start).toMillis();
  };
  const begin = (time: number) => firstMidnight(at(time).startOf(unit));
  const next = (time: number) => {
    const start = at(time).startOf(unit);
    for (let count = 1; ; count++) {
      const following = firstMidnight(start.plus({ [`${unit}s`]: count }));
      if (following > time) return following;
    }
  };
  return { lengthMs: undefined, begin, next };
}

/**
 * The begins of all buckets of [from, to), and the end of the last, ms.
 * @throws ReadModelError `too-much` for more than {@link BUCKETS_MAX}.
 */
export function begins({ begin, next }: Buckets, from: number, to: number): number[] {
  const all: number[] = [];
  for (let at = begin(from); at < to; at = next(at)) {
    all.push(at);
    if (all.length > BUCKETS_MAX) {
      throw new ReadModelError(
        'too-much',
        `The answer has more than ${BUCKETS_MAX} buckets: ask for a shorter window or longer buckets.`,
      );
    }
  }
  return all;
}

/** A span of time; ms since 1970, undefined where it is open. */
export interface Span {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The span, brought to the borders of buckets; an end on a border stays. */
export function spanOfBuckets({ from, to }: Span, buckets: Buckets | undefined): Span {
  if (buckets === undefined) return { from, to };
  return {
    from: from === undefined ? undefined : buckets.begin(from),
    to: to === undefined || buckets.begin(to) === to ? to : buckets.next(to),
  };
}

/**
 * SQL of the begin of the bucket that holds a time, both in ms; {@link boundBegins} binds the
 * begins of all. A time outside belongs to the first or the last.
 */
export function bucketBegin(ms: string): string {
  return `roundDown(${ms}, JSONExtract({begins:String}, 'Array(Int64)'))`;
}

export const boundBegins = (starts: readonly number[]) => ({ begins: JSON.stringify(starts) });
