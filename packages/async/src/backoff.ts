/** The longest first wait, and the longest of all, ms. */
export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Exponential back-off with jitter: the wait (ms) after `failures` earlier failures in a row. It
 * doubles with each failure up to `longestMs`, and between half and all of that is waited, so that
 * callers who failed together do not come back together.
 */
export function backoffMs(
  failures: number,
  { firstMs, longestMs }: BackoffTimes,
  random: () => number = Math.random,
): number {
  const most = Math.min(longestMs, firstMs * 2 ** failures);
  return most * (0.5 + random() / 2);
}
