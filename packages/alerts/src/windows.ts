import { MINUTE_MS } from '@touchstone/api/vocabulary';
import { type Counts, spansMs } from './rules.ts';

/** Whole minutes [from, to), ms since 1970. */
export interface Minutes {
  readonly from: number;
  readonly to: number;
}

/** The first whole minute at or after a time: the first minute T at which `time ≤ T` holds. */
export function minuteOf(time: number): number {
  return Math.ceil(time / MINUTE_MS) * MINUTE_MS;
}

/** Counts of the window (T − span, T] of every span of the rules, at each whole minute T. */
export interface Windows {
  at(spanMs: number, minute: number): Counts;
}

/**
 * Collects changes of the counts, in any order, and sums them up once: each moment enters and
 * leaves each window at one minute, so a minute costs the same however many moments it looks at.
 */
export interface WindowSums {
  /** Adds counts to the windows of one span from `minute` on; a time before `from` counts at it. */
  change(spanIndex: number, minute: number, moments: number, failures: number): void;
  /** Takes moments by the {@link minuteOf} of their time and of when they were stored. */
  take(time: number, storedAt: number, counts: Counts): void;
  /** The counts; nothing can be added afterwards. */
  sum(): Windows;
}

/** Memory: 80 bytes a minute. */
export function windowSums({ from, to }: Minutes): WindowSums {
  const length = (to - from) / MINUTE_MS;
  const moments = spansMs.map(() => new Float64Array(length));
  const failures = spansMs.map(() => new Float64Array(length));

  function change(spanIndex: number, minute: number, moreMoments: number, moreFailures: number): void {
    const index = minute <= from ? 0 : (minute - from) / MINUTE_MS;
    if (index >= length) return;
    moments[spanIndex]![index]! += moreMoments;
    failures[spanIndex]![index]! += moreFailures;
  }

  return {
    change,
    take(time, storedAt, counts) {
      const entered = Math.max(time, storedAt);
      for (const [spanIndex, spanMs] of spansMs.entries()) {
        const left = time + spanMs;
        if (left <= entered || left <= from) continue;
        change(spanIndex, entered, counts.moments, counts.failures);
        change(spanIndex, left, -counts.moments, -counts.failures);
      }
    },
    sum() {
      for (const sums of [...moments, ...failures]) {
        for (let index = 1; index < length; index++) sums[index]! += sums[index - 1]!;
      }
      const bySpan = new Map(spansMs.map((spanMs, index) => [spanMs, [moments[index]!, failures[index]!] as const]));
      return {
        at(spanMs, minute) {
          const [ofMoments, ofFailures] = bySpan.get(spanMs)!;
          const index = (minute - from) / MINUTE_MS;
          return { moments: ofMoments[index]!, failures: ofFailures[index]! };
        },
      };
    },
  };
}
