import type { FailureRate } from '@touchstone/api';
import { isOthers } from '../data/reserved-names.ts';

export type Order = 'rate' | 'moments';

/**
 * Worst (or busiest) first; among equals the one with more data. Rows without a rate come last,
 * followed by the row for unlisted ones.
 */
export function ordered(rows: readonly FailureRate[], by: Order): readonly FailureRate[] {
  return [...rows].sort((a, b) => {
    if (isOthers(a) !== isOthers(b)) return isOthers(a) ? 1 : -1;
    const first = by === 'rate' ? (b.rate ?? -1) - (a.rate ?? -1) : b.moments - a.moments;
    return first || b.moments - a.moments || (a.touchpoint ?? '').localeCompare(b.touchpoint ?? '');
  });
}

/** End of the common scale, 0..1: the first round figure that covers every interval. */
export function scaleEnd(rows: readonly FailureRate[]): number {
  const highest = Math.max(0, ...rows.map((row) => row.high ?? 0));
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((end) => highest <= end) ?? 1;
}
