/** 97.5 % quantile of the normal distribution, as the whole product rounds it. */
export const Z = 1.959964;
const ZZ = Z * Z;

/** k of n, with Wilson's 95 % interval; null where n is 0. */
export interface Rate {
  readonly n: number;
  readonly k: number;
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Computed here, because in SQL the analysis of the formula costs as much as counting 100,000
 * moments.
 */
export function rateOf(k: number, n: number): Rate {
  if (n === 0) return { n, k, rate: null, low: null, high: null };
  const rate = k / n;
  const centre = (rate + ZZ / (2 * n)) / (1 + ZZ / n);
  const reach = (Z / (1 + ZZ / n)) * Math.sqrt((rate * (1 - rate)) / n + ZZ / (4 * n * n));
  return {
    n,
    k,
    rate,
    low: k === 0 ? 0 : Math.max(0, centre - reach),
    high: k === n ? 1 : Math.min(1, centre + reach),
  };
}
