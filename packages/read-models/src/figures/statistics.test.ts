import { DAY_MS } from '@touchstone/api/vocabulary';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openedForTest } from '../../testing/opened-for-test.ts';
import printed from '../../testing/statistics/as-scipy-prints.json' with { type: 'json' };
import { falseDiscoveryRates } from './many-tests.ts';
import { differenceOfMeans, meanIntervalOf, type Sample } from './means.ts';
import { differenceOfRates } from './rates.ts';
import { relativeWeights } from './relative-weights.ts';
import { medianSurvival, survivalAfter } from './survival.ts';

/** Figures are held to what scipy, statsmodels and numpy print: see the command in the fixture. */

/** Relative or absolute, whichever allows more. */
const near = (expected: number) => expect.closeTo(expected, 9 - Math.max(0, Math.ceil(Math.log10(Math.abs(expected)))));

function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { n: values.length, mean, variance };
}

describe('figures are those that scipy prints', () => {
  test.each(printed.means)('the interval of the mean of $values.length values', ({ values, mean, low, high }) => {
    expect(meanIntervalOf(sampleOf(values))).toEqual({
      n: values.length,
      ...{ mean: near(mean), low: near(low), high: near(high) },
    });
  });

  test.each(printed.differences)('Welch’s difference of means, p $p', ({ a, b, low, high, p }) => {
    expect(differenceOfMeans(sampleOf(a), sampleOf(b))).toMatchObject({ low: near(low), high: near(high), p: near(p) });
  });

  test.each(printed.rates)('Newcombe’s difference of $a.k of $a.n and $b.k of $b.n', ({ a, b, low, high, p }) => {
    expect(differenceOfRates(a, b)).toEqual({
      difference: near(a.k / a.n - b.k / b.n),
      ...{ low: near(low), high: near(high), p: near(p) },
    });
  });

  test('the false discovery rates of many tests, where one without p counts as 1', () => {
    const { ps, qs } = printed.manyTests;
    const found = falseDiscoveryRates([...ps.slice(0, -1), null]);
    expect(found).toEqual(qs.map(near));
    expect(falseDiscoveryRates([])).toEqual([]);
  });

  test.each(printed.weights)('relative weights that add up to r² = $r2', ({ correlations, withOutcome, raw, r2 }) => {
    const found = relativeWeights(correlations, withOutcome)!;
    expect(found).toEqual({ raw: raw.map(near), r2: near(r2) });
    expect(found.raw.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(r2, 12);
  });

  test('Kaplan and Meier’s estimate, in which ends come before cut-offs of the same day', async () => {
    const { clickhouse } = await openedForTest();
    for (const { stays, days, shares, medianDays } of printed.survival) {
      const ends = JSON.stringify(stays.map(([after, isCut]) => [Number(after) * DAY_MS, isCut]));
      const [row] = await clickhouse.query(
        `SELECT ${medianSurvival('ends')} AS medianMs, ${survivalAfter(
          'ends',
          days.map((each) => each * DAY_MS),
        )} AS shares
         FROM (SELECT arraySort(JSONExtract({ends:String}, 'Array(Tuple(Int64, Bool))')) AS ends)`,
        { ends },
        z.object({ medianMs: z.number().nullable(), shares: z.array(z.number().nullable()) }),
      );
      const longest = Math.max(...stays.map(([after]) => Number(after)));
      const isOver = stays.every(([, isCut]) => isCut === false);
      expect(row!.shares).toEqual(shares.map((share, at) => (days[at]! <= longest || isOver ? near(share) : null)));
      expect(row!.medianMs).toBe(medianDays === null ? null : medianDays * DAY_MS);
    }
  });
});

describe('figures are null where they would tell nothing', () => {
  const nothing = { difference: null, low: null, high: null, p: null };
  test('a difference of rates needs both sides, and its p that not all are alike', () => {
    expect(differenceOfRates({ n: 0, k: 0 }, { n: 3, k: 1 })).toEqual(nothing);
    expect(differenceOfRates({ n: 3, k: 1 }, { n: 0, k: 0 })).toEqual(nothing);
    expect(differenceOfRates({ n: 4, k: 4 }, { n: 3, k: 3 })).toMatchObject({ difference: 0, p: null });
    expect(differenceOfRates({ n: 4, k: 0 }, { n: 3, k: 0 }).high).toBeGreaterThan(0);
  });

  test('relative weights need predictors that do not depend on one another, and vary', () => {
    const twice = [
      [1, 1],
      [1, 1],
    ];
    expect(relativeWeights(twice, [0.5, 0.5])).toBeNull();
    expect(relativeWeights([[Number.NaN]], [0.5])).toBeNull();
    expect(relativeWeights([[1]], [Number.NaN])).toBeNull();
  });
});
