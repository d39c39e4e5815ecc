import type { FailureRate } from '@touchstone/api';
import { expect, test } from 'vitest';
import { fellOf, risingOf, roseOf } from './news.ts';

const rate = (touchpoint: string, channel: string, rate: number | null, low: number | null, high: number | null) =>
  ({
    touchpoint,
    channel,
    bucket: null,
    moments: 100,
    failures: 1,
    rate,
    low,
    high,
  }) as unknown as FailureRate;

test('the touchpoint that rose the most is named, and one whose intervals touch is not', () => {
  const before = [
    rate('pay', 'app', 0.03, 0.01, 0.06),
    rate('ship', 'web', 0.02, 0.0, 0.2),
    rate('a', 'b', 0.1, 0.09, 0.11),
  ];
  const now = [
    rate('pay', 'app', 0.1, 0.07, 0.14),
    rate('ship', 'web', 0.15, 0.1, 0.2),
    rate('a', 'b', 0.13, 0.12, 0.14),
  ];
  expect(risingOf(now, before)).toEqual({ touchpoint: 'pay', channel: 'app', before: 0.03, now: 0.1 });
  expect(risingOf(before, now)).toBeNull();
});

test('the others together, and what was not there before, are no news', () => {
  const now = [
    rate('(other)', '(other)', 0.9, 0.8, 1),
    rate('new', 'web', 0.5, 0.4, 0.6),
    rate('none', '', null, null, null),
  ];
  expect(risingOf(now, [rate('(other)', '(other)', 0.1, 0, 0.2)])).toBeNull();
});

test('moves count as falls and rises by the order of the stages', () => {
  const rows = [
    { from: 'none', to: 'cognitive', because: 'earned', changes: 5, customers: 4 },
    { from: 'affective', to: 'none', because: 'idle', changes: 2, customers: 2 },
    { from: 'behavioural', to: 'affective', because: 'incidents', changes: 1, customers: 1 },
  ] as const;
  expect([fellOf(rows), roseOf(rows)]).toEqual([3, 5]);
});
