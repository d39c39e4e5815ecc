import type { Conservation } from '@touchstone/api';
import { DAY_MS, HOUR_MS } from '@touchstone/api/vocabulary';
import { serverTime } from '../data/server-time.ts';
import type { Period } from '../selection/selection.ts';

export const buckets = ['1m', '5m', '1h', '1d'] as const;
export type Bucket = (typeof buckets)[number];

/** The bucket that the address names; else one by which a period has some hundred rows a source. */
export function bucketFor(named: string | undefined, { from, to }: Pick<Period, 'from' | 'to'>): Bucket {
  const known = buckets.find((bucket) => bucket === named);
  if (known !== undefined) return known;
  // Without a begin the API answers the last hour.
  if (from === null) return '1m';
  const length = (to === null ? serverTime() : Date.parse(to)) - Date.parse(from);
  if (length <= 3 * HOUR_MS) return '1m';
  return length <= 5 * DAY_MS ? '1h' : '1d';
}

interface Sum {
  readonly minute: string;
  readonly accepted: number;
  readonly gap: number;
  readonly rejected: number;
}

/** The sums over all sources, in order of time. */
export function inBuckets(rows: Conservation['rows']): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const { minute, accepted, gap, rejected } of rows) {
    const before = sums.get(minute) ?? { minute, accepted: 0, gap: 0, rejected: 0 };
    sums.set(minute, {
      minute,
      accepted: before.accepted + accepted,
      gap: before.gap + gap,
      rejected: before.rejected + (rejected ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => (a.minute < b.minute ? -1 : 1));
}
