import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import type { MeanDifference } from './means.ts';
import { rateOf } from './rate.ts';

/** k of n. */
export interface Count {
  readonly n: number;
  readonly k: number;
}

/**
 * Difference of rates a − b with Newcombe's hybrid score interval (method 10, from the Wilson
 * intervals of both) and the two-sided p of the pooled z test; p is null where all or none have it.
 */
export function differenceOfRates(a: Count, b: Count): MeanDifference {
  const [one, other] = [rateOf(a.k, a.n), rateOf(b.k, b.n)];
  if (one.rate === null || other.rate === null) return { difference: null, low: null, high: null, p: null };
  const difference = one.rate - other.rate;
  const low = difference - Math.hypot(one.rate - one.low!, other.high! - other.rate);
  const high = difference + Math.hypot(one.high! - one.rate, other.rate - other.low!);
  const pooled = (a.k + b.k) / (a.n + b.n);
  if (a.k + b.k === 0 || a.k + b.k === a.n + b.n) return { difference, low, high, p: null };
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  return { difference, low, high, p: Math.min(1, 2 * normalCdf(-Math.abs(difference / error), 0, 1)) };
}
