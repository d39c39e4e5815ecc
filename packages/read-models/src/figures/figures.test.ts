import { expect, test } from 'vitest';
import { differenceOfMeans, meanIntervalOf } from './means.ts';
import { npsOf } from './nps.ts';
import { rateOf } from './rate.ts';

test('a rate has Wilson’s interval, closed at its ends', () => {
  expect(rateOf(0, 0)).toEqual({ n: 0, k: 0, rate: null, low: null, high: null });
  expect(rateOf(0, 7)).toMatchObject({ rate: 0, low: 0, high: expect.closeTo(0.354_330_438_675_868_33, 12) });
  expect(rateOf(7, 7)).toMatchObject({ rate: 1, low: expect.closeTo(0.645_669_561_324_131_7, 12), high: 1 });
  expect(rateOf(38, 50)).toMatchObject({ low: expect.closeTo(0.625_873_161_280_386_5, 12) });
});

test('a mean has the interval of Student’s t; of one value it has none', () => {
  expect(meanIntervalOf({ n: 0, mean: 0, variance: 0 })).toEqual({ n: 0, mean: null, low: null, high: null });
  expect(meanIntervalOf({ n: 1, mean: 4, variance: 0 })).toEqual({ n: 1, mean: 4, low: null, high: null });
  // 3.0 and 3.4
  const both = meanIntervalOf({ n: 2, mean: 3.2, variance: 0.08 });
  expect(both.low).toBeCloseTo(0.658_759_052_765_060_2, 10);
  expect(both.high).toBeCloseTo(5.741_240_947_234_941, 10);
});

test('a difference of means has the interval and p of Welch’s test', () => {
  // 1, 2, 3, 4 and 2, 4, 6; p by integrating the density of Student's t.
  const told = differenceOfMeans({ n: 4, mean: 2.5, variance: 5 / 3 }, { n: 3, mean: 4, variance: 4 });
  expect(told.difference).toBe(-1.5);
  expect(told.p).toBeCloseTo(0.333_823_700_1, 8);
  expect(told.low! + told.high!).toBeCloseTo(-3, 12);
  const nothing = { difference: 1, low: null, high: null, p: null };
  expect(differenceOfMeans({ n: 1, mean: 2, variance: 0 }, { n: 3, mean: 1, variance: 4 })).toEqual(nothing);
  expect(differenceOfMeans({ n: 3, mean: 2, variance: 0 }, { n: 3, mean: 1, variance: 0 })).toEqual(nothing);
  expect(differenceOfMeans({ n: 0, mean: 0, variance: 0 }, { n: 3, mean: 1, variance: 4 }).difference).toBeNull();
});

test('a net promoter score has the adjusted Wald interval, within its scale', () => {
  expect(npsOf(0, 0, 0)).toEqual({ nps: null, npsLow: null, npsHigh: null });
  const { nps, npsLow, npsHigh } = npsOf(6, 2, 10);
  expect(nps).toBeCloseTo(40, 12);
  const [p, d] = [6.75 / 13, 2.75 / 13];
  const reach = 196.0 * Math.sqrt((p + d - (p - d) ** 2) / 13);
  expect(npsLow).toBeCloseTo(100 * (p - d) - reach, 1);
  expect(npsHigh).toBeCloseTo(100 * (p - d) + reach, 1);
  expect(npsOf(1, 0, 1).npsHigh).toBeLessThanOrEqual(100);
  expect(npsOf(0, 1, 1).npsLow).toBeGreaterThanOrEqual(-100);
});
