/** Times before now, in days. */
export type Ago = (days: number) => string;

/** Wilson's interval, as the API gives it. */
export function rate(k: number, n: number) {
  if (n === 0) return { n, k, rate: null, low: null, high: null };
  const zz = 1.959964 ** 2;
  const centre = (k / n + zz / (2 * n)) / (1 + zz / n);
  const reach = (1.959964 / (1 + zz / n)) * Math.sqrt(((k / n) * (1 - k / n)) / n + zz / (4 * n * n));
  return { n, k, rate: k / n, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}
