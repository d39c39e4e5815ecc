import { expect, test } from 'vitest';
import { bandsOf } from './river-bands.ts';

const numbersOf = (path: string): number[] => (path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);

test('bands stand on each other without gaps, and the most customers fill the height', () => {
  const buckets = [
    { none: 10, cognitive: 10, affective: 0, behavioural: 0 },
    { none: 10, cognitive: 20, affective: 5, behavioural: 5 },
  ];
  const bands = bandsOf(buckets, 100, 40);
  expect(bands.map(({ stage }) => stage)).toEqual(['none', 'cognitive', 'affective', 'behavioural']);
  // Begin and end of each upper edge.
  const tops = bands.map(({ path }) => numbersOf(path.split('L')[0] ?? '')).map((all) => [all[1], all.at(-1)]);
  expect(tops).toEqual([
    [30, 30],
    [20, 10],
    [20, 5],
    [20, 0],
  ]);
});

test('nobody at all is drawn as nothing', () => {
  const nobody = { none: 0, cognitive: 0, affective: 0, behavioural: 0 };
  for (const { path } of bandsOf([nobody, nobody], 100, 40)) expect(numbersOf(path).every(Number.isFinite)).toBe(true);
});
