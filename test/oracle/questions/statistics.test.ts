import { expect, test } from 'vitest';
import printed from '../../../packages/read-models/testing/statistics/as-scipy-prints.json' with { type: 'json' };
import { rate } from './cases.ts';
import { differenceOfMeans, differenceOfRates, falseDiscoveryRates, meanInterval } from './statistics.ts';

/** Holds the second implementation to what scipy and statsmodels print. */

/** Relative or absolute, whichever allows more. */
const near = (expected: number) => expect.closeTo(expected, 9 - Math.max(0, Math.ceil(Math.log10(Math.abs(expected)))));

test.each(printed.means)('the interval of the mean of $values.length values', ({ values, low, high }) => {
  expect(meanInterval(values)).toMatchObject({ low: near(low), high: near(high) });
});

test.each(printed.differences)('Welch’s difference of means, p $p', ({ a, b, low, high, p }) => {
  expect(differenceOfMeans(a, b)).toMatchObject({ low: near(low), high: near(high), p: near(p) });
});

test.each(printed.rates)('Newcombe’s difference of $a.k of $a.n and $b.k of $b.n', ({ a, b, low, high, p }) => {
  const difference = differenceOfRates(rate(a.k, a.n), rate(b.k, b.n));
  expect(difference).toMatchObject({ low: near(low), high: near(high), p: near(p) });
});

test('the false discovery rates of many tests', () => {
  expect(falseDiscoveryRates([...printed.manyTests.ps.slice(0, -1), null])).toEqual(printed.manyTests.qs.map(near));
});
