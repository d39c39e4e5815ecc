import padjust from '@stdlib/stats-padjust';

/**
 * The q of each test by Benjamini and Hochberg: the share of false findings among all tests with a
 * q as small. A test without a p counts as p = 1.
 */
export function falseDiscoveryRates(ps: readonly (number | null)[]): number[] {
  return ps.length === 0
    ? []
    : Array.from(
        padjust(
          ps.map((p) => p ?? 1),
          'bh',
        ),
      );
}
