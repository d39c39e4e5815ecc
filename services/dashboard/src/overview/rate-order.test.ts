import type { FailureRate } from '@touchstone/api';
import { expect, test } from 'vitest';
import { plainName } from '../data/reserved-names.ts';
import { ordered, scaleEnd } from './rate-order.ts';

const row = (touchpoint: string, rate: number | null, moments: number) =>
  ({
    touchpoint,
    bucket: null,
    moments,
    failures: Math.round((rate ?? 0) * moments),
    rate,
    low: rate,
    high: rate,
  }) as unknown as FailureRate;

test('the worst touchpoint comes first, among equals the better known, and one without a rate last', () => {
  const rows = [row('none', null, 0), row('small', 0.5, 2), row('low', 0.1, 9), row('large', 0.5, 900)];
  expect(ordered(rows, 'rate').map(({ touchpoint }) => touchpoint)).toEqual(['large', 'small', 'low', 'none']);
  expect(ordered(rows, 'moments')[0]?.touchpoint).toBe('large');
});

test('what is not listed comes last, however often it fails, and however well it is known', () => {
  const rows = [row('(other)', 0.9, 9000), row('low', 0.1, 9), row('((other))', 0.5, 2)];
  for (const by of ['rate', 'moments'] as const) expect(ordered(rows, by).at(-1)?.touchpoint).toBe('(other)');
});

test('a touchpoint that is called as a word of ours is linked by its own name', () => {
  const shown = ['((other))', '(((other)))', '((open))', '(other)', '((other)', '((mine))', 'paid (other)', '(start'];
  const names = ['(other)', '((other))', '(open)', '(other)', '((other)', '((mine))', 'paid (other)', '(start'];
  expect(shown.map(plainName)).toEqual(names);
});

test('the scale holds every interval and never ends beyond 100 %', () => {
  expect(scaleEnd([row('a', 0.013, 10), row('b', null, 0)])).toBe(0.02);
  expect(scaleEnd([row('a', 0.97, 10)])).toBe(1);
  expect(scaleEnd([])).toBe(0.01);
});
