import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const times = { firstMs: 100, longestMs: 1_000 };

test('the wait doubles with each failure, up to the longest', () => {
  expect([0, 1, 2, 3, 4, 5_000].map((failures) => backoffMs(failures, times, () => 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
});

test('half of the wait is random', () => {
  expect(backoffMs(1, times, () => 0)).toBe(100);
  expect(backoffMs(1, times, () => 0.5)).toBe(150);
});
