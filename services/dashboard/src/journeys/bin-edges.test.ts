import { DAY_MS } from '@touchstone/api/vocabulary';
import { expect, test } from 'vitest';
import { binEdges } from './bin-edges.ts';

test('a histogram has at most fourteen bins of equal spans, which reach to the longest', () => {
  for (const most of [1, 7, 999, 61_000, 3 * DAY_MS, 5.5 * DAY_MS, 20_000 * DAY_MS]) {
    const edges = binEdges(most);
    expect(edges.length).toBeGreaterThan(0);
    expect(edges.length).toBeLessThanOrEqual(14);
    expect(edges.at(-1)).toBeGreaterThanOrEqual(most);
    expect(edges).toEqual(edges.map((_, at) => edges[0]! * (at + 1)));
  }
  expect(binEdges(5.5 * DAY_MS)[0]).toBe(DAY_MS / 2);
});

test('without a longest there are no bins', () => {
  expect(binEdges(null)).toEqual([]);
  expect(binEdges(0)).toEqual([]);
});
