import type { Importance } from '@touchstone/api';
import { expect, test } from 'vitest';
import { placedIn } from './quadrants.ts';

const row = (touchpoint: string, importance: number | null, mean: number | null) =>
  ({
    touchpoint,
    importance,
    n: 40,
    performance: { n: 40, mean, low: null, high: null },
  }) as Importance['rows'][number];

test('what matters more and does worse than the mean is to be improved, and every dot is on the plane', () => {
  const placed = placedIn([row('a', 0.8, 40), row('b', 0.7, 90), row('c', 0.1, 30), row('d', 0.2, 95)]);
  expect(placed.map(({ touchpoint, quadrant }) => [touchpoint, quadrant])).toEqual([
    ['a', 'improve'],
    ['b', 'keep'],
    ['c', 'low'],
    ['d', 'overkill'],
  ]);
  for (const { x, y } of placed) for (const part of [x, y]) expect(Math.abs(part - 0.5)).toBeLessThanOrEqual(0.44);
});

test('a touchpoint of which too little is known is not placed, and one alone stands in the middle', () => {
  expect(placedIn([row('a', null, 40), row('b', 0.3, null)])).toEqual([]);
  expect(placedIn([row('a', 0.3, 40)])).toEqual([{ touchpoint: 'a', x: 0.5, y: 0.5, quadrant: 'keep' }]);
});
