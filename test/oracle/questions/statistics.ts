/**
 * Intervals, p and q by textbook formulas, written apart from the product's libraries: series and
 * continued fractions for the distributions, bisection for their quantiles.
 */

const Z = 1.959964;
const TINY = 1e-300;

/** Lanczos' approximation of ln Γ, for x > 0. */
function lnGamma(x: number): number {
  const [first, ...others] = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ] as const;
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const t = x - 1 + 7.5;
  const sum = others.reduce((total, each, at) => total + each / (x + at), first as number);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The regularised incomplete beta function, by Lentz' continued fraction. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const kept = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 100_000; m++) {
    for (const step of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / kept(1 + step * d);
      c = kept(1 + step / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return (front * fraction) / a;
}

/** Probability that Student's t lies as far from 0, on either side. */
const twoSidedT = (t: number, freedom: number) => incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);

/** Where Student's t of so many degrees of freedom has 95 % on both sides of 0. */
function reachOfT(freedom: number): number {
  let [low, high] = [0, 1e4];
  for (let halving = 0; halving < 200; halving++) {
    const middle = (low + high) / 2;
    if (twoSidedT(middle, freedom) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability that a normal value lies as far from 0, on either side. */
function twoSidedNormal(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; n < 200; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 200; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

export const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample variance; 0 for fewer than two values. */
export function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = average(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

export function meanInterval(values: readonly number[]) {
  const n = values.length;
  if (n === 0) return { n, mean: null, low: null, high: null };
  const mean = average(values);
  if (n < 2) return { n, mean, low: null, high: null };
  const reach = reachOfT(n - 1) * Math.sqrt(varianceOf(values) / n);
  return { n, mean, low: mean - reach, high: mean + reach };
}

export interface Difference {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
}

/** Welch's. */
export function differenceOfMeans(a: readonly number[], b: readonly number[]): Difference {
  if (a.length === 0 || b.length === 0) return { difference: null, low: null, high: null, p: null };
  const difference = average(a) - average(b);
  const [one, other] = [varianceOf(a) / a.length, varianceOf(b) / b.length];
  const error = Math.sqrt(one + other);
  if (a.length < 2 || b.length < 2 || error < 1e-9) return { difference, low: null, high: null, p: null };
  const freedom = (one + other) ** 2 / (one ** 2 / (a.length - 1) + other ** 2 / (b.length - 1));
  const reach = reachOfT(freedom) * error;
  return { difference, low: difference - reach, high: difference + reach, p: twoSidedT(difference / error, freedom) };
}

interface Rate {
  readonly n: number;
  readonly k: number;
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Newcombe's, from the two rates with their Wilson intervals. */
export function differenceOfRates(a: Rate, b: Rate): Difference {
  if (a.rate === null || b.rate === null) return { difference: null, low: null, high: null, p: null };
  const difference = a.rate - b.rate;
  const low = difference - Math.sqrt((a.rate - a.low!) ** 2 + (b.high! - b.rate) ** 2);
  const high = difference + Math.sqrt((a.high! - a.rate) ** 2 + (b.rate - b.low!) ** 2);
  const pooled = (a.k + b.k) / (a.n + b.n);
  if (pooled === 0 || pooled === 1) return { difference, low, high, p: null };
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  return { difference, low, high, p: twoSidedNormal(difference / error) };
}

/** Benjamini and Hochberg: the least share of false findings at which each would be found. */
export function falseDiscoveryRates(ps: readonly (number | null)[]): number[] {
  const all = ps.map((p) => p ?? 1);
  return all.map((own) =>
    Math.min(1, ...all.filter((p) => p >= own).map((p) => (p * all.length) / all.filter((other) => other <= p).length)),
  );
}

/** Pearson's. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [average(a), average(b)];
  const sum = (of: (at: number) => number) => a.reduce((total, _, at) => total + of(at), 0);
  return (
    sum((at) => (a[at]! - meanA) * (b[at]! - meanB)) /
    Math.sqrt(sum((at) => (a[at]! - meanA) ** 2) * sum((at) => (b[at]! - meanB) ** 2))
  );
}

/** Eigenvalues and their vectors (columns) of a symmetric matrix, by Jacobi's rotations. */
function eigen(matrix: readonly (readonly number[])[]) {
  const size = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  const rotate = (m: number[][], i: number, j: number, k: number, l: number, c: number, s: number) => {
    const [one, other] = [m[i]![j]!, m[k]![l]!];
    m[i]![j] = c * one - s * other;
    m[k]![l] = s * one + c * other;
  };
  for (let sweep = 0; sweep < 100; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (Math.abs(a[p]![q]!) < 1e-18) continue;
        const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let i = 0; i < size; i++) rotate(a, i, p, i, q, c, s);
        for (let i = 0; i < size; i++) rotate(a, p, i, q, i, c, s);
        for (let i = 0; i < size; i++) rotate(vectors, i, p, i, q, c, s);
      }
    }
  }
  return { values: a.map((row, i) => row[i]!), vectors };
}

/** Johnson's: raw weights of columns of values on an outcome, and r²; null where they depend. */
export function relativeWeights(columns: readonly (readonly number[])[], outcome: readonly number[]) {
  const matrix = columns.map((one, i) => columns.map((other, j) => (i === j ? 1 : correlation(one, other))));
  const withOutcome = columns.map((column) => correlation(column, outcome));
  if (![...matrix.flat(), ...withOutcome].every(Number.isFinite)) return null;
  const { values, vectors } = eigen(matrix);
  if (Math.min(...values) < 1e-9) return null;
  const power = (exponent: number) =>
    columns.map((_, i) =>
      columns.map((__, j) =>
        values.reduce((sum, value, k) => sum + vectors[i]![k]! * value ** exponent * vectors[j]![k]!, 0),
      ),
    );
  const inverse = power(-0.5);
  const betas = inverse.map((row) => row.reduce((sum, each, j) => sum + each * withOutcome[j]!, 0));
  const raw = power(0.5).map((row) => row.reduce((sum, each, j) => sum + each ** 2 * betas[j]! ** 2, 0));
  return { raw, r2: betas.reduce((sum, beta) => sum + beta * beta, 0) };
}

/** A value with its interval on 0..100. */
export function within100(value: number | null, variance: number) {
  if (value === null) return { value, low: null, high: null };
  const reach = Z * Math.sqrt(variance);
  return { value, low: Math.max(0, value - reach), high: Math.min(100, value + reach) };
}

/** The interval of a weighted difference, by the normal distribution. */
export function stratified(strata: readonly (readonly [readonly number[], readonly number[]])[]) {
  const both = strata.filter(([a, b]) => a.length >= 2 && b.length >= 2);
  const weights = both.reduce((sum, [a]) => sum + a.length, 0);
  if (weights === 0) return { difference: null, low: null, high: null };
  const difference = both.reduce((sum, [a, b]) => sum + a.length * (average(a) - average(b)), 0) / weights;
  const variance =
    both.reduce((sum, [a, b]) => sum + a.length ** 2 * (varianceOf(a) / a.length + varianceOf(b) / b.length), 0) /
    weights ** 2;
  return { difference, low: difference - Z * Math.sqrt(variance), high: difference + Z * Math.sqrt(variance) };
}
