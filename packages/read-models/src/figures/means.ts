import cdf from '@stdlib/stats-base-dists-t-cdf';
import quantile from '@stdlib/stats-base-dists-t-quantile';

/** The count, mean and sample variance of some values; the variance is 0 for fewer than two. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** Mean with its 95 % interval. */
export interface MeanInterval {
  readonly n: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const UPPER = 0.975;

/** Mean ± t s / √n, with Student's t of n − 1 degrees of freedom. */
export function meanIntervalOf({ n, mean, variance }: Sample): MeanInterval {
  if (n === 0) return { n, mean: null, low: null, high: null };
  if (n < 2) return { n, mean, low: null, high: null };
  const reach = quantile(UPPER, n - 1) * Math.sqrt(variance / n);
  return { n, mean, low: mean - reach, high: mean + reach };
}

export interface MeanDifference {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
}

/** Below this a standard error is 0 but for rounding, and tells nothing. */
const STANDARD_ERROR_LEAST = 1e-9;

/**
 * Difference of means a − b with Welch's 95 % interval and two-sided p, with the degrees of freedom
 * of Welch and Satterthwaite.
 */
export function differenceOfMeans(a: Sample, b: Sample): MeanDifference {
  if (a.n === 0 || b.n === 0) return { difference: null, low: null, high: null, p: null };
  const difference = a.mean - b.mean;
  const [ofA, ofB] = [a.variance / a.n, b.variance / b.n];
  const error = Math.sqrt(ofA + ofB);
  if (a.n < 2 || b.n < 2 || error < STANDARD_ERROR_LEAST) return { difference, low: null, high: null, p: null };
  const freedom = (ofA + ofB) ** 2 / (ofA ** 2 / (a.n - 1) + ofB ** 2 / (b.n - 1));
  const reach = quantile(UPPER, freedom) * error;
  const p = Math.min(1, 2 * cdf(-Math.abs(difference / error), freedom));
  return { difference, low: difference - reach, high: difference + reach, p };
}
