import type { FailureRate } from '@touchstone/api';
import { expect, test } from 'vitest';
import { heatMapOf, shadeOf } from './heat-map.ts';

const cell = (touchpoint: string, bucket: string, failures: number): FailureRate =>
  ({
    touchpoint,
    bucket,
    isOpen: bucket === '2026-03-02',
    moments: 10,
    failures,
    rate: failures / 10,
    low: 0,
    high: 1,
  }) as never;

test('each bucket is a column that ends where the next begins, and the last with the answer', () => {
  const rows = [cell('a', '2026-03-01', 1), cell('a', '2026-03-02', 2), cell('b', '2026-03-02', 3)];
  const map = heatMapOf({ rows, from: '2026-03-01', to: '2026-03-03' }, ['b', 'a']);
  expect(map.columns).toEqual([
    { from: '2026-03-01', to: '2026-03-02', isOpen: false },
    { from: '2026-03-02', to: '2026-03-03', isOpen: true },
  ]);
  expect(map.rows.map(({ touchpoint }) => touchpoint)).toEqual(['b', 'a']);
  expect(map.rows[0]?.cells.map((each) => each?.failures)).toEqual([undefined, 3]);
});

test('what is not in the order of the whole period comes behind, and nothing is lost', () => {
  const map = heatMapOf({ rows: [cell('new', '2026-03-01', 1), cell('a', '2026-03-01', 1)] }, ['a']);
  expect(map.rows.map(({ touchpoint }) => touchpoint)).toEqual(['a', 'new']);
});

test('a cell is as dark as its failures are certain', () => {
  expect([null, 0, 0.006, 0.03, 0.15, 0.9].map(shadeOf)).toEqual([0, 0, 1, 3, 5, 7]);
});
