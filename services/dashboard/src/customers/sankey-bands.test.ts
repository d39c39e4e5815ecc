import { expect, test } from 'vitest';
import { sankeyOf } from './sankey-bands.ts';

const rows = [
  { from: 'none', to: 'cognitive', changes: 6 },
  { from: 'none', to: 'cognitive', changes: 2 },
  { from: 'cognitive', to: 'none', changes: 3 },
  { from: 'behavioural', to: 'none', changes: 1 },
] as const;

test('moves between the same stages are one band, and both sides hold all of them', () => {
  const { nodes, bands } = sankeyOf(rows, 100, 100);
  expect(bands.map(({ from, to, changes }) => [from, to, changes])).toEqual([
    ['behavioural', 'none', 1],
    ['cognitive', 'none', 3],
    ['none', 'cognitive', 8],
  ]);
  for (const side of ['from', 'to']) {
    const own = nodes.filter((node) => node.side === side);
    expect(own.reduce((sum, { changes }) => sum + changes, 0)).toBe(12);
    // The highest stage on top, and nothing beyond the drawing.
    expect(own.map(({ y }) => y)).toEqual([...own.map(({ y }) => y)].sort((a, b) => a - b));
    expect(Math.max(...own.map(({ y, height }) => y + height))).toBeLessThanOrEqual(100 + 1e-9);
  }
});

test('no moves are drawn as nothing', () => {
  expect(sankeyOf([], 100, 100)).toEqual({ nodes: [], bands: [] });
});
