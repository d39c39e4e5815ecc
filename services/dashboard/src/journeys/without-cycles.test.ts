import { expect, test } from 'vitest';
import { withoutCycles } from './without-cycles.ts';

const way = (from: string, to: string, journeys: number) => ({ from, to, journeys });

test('of ways in a circle the least travelled leads back, and a loop always does', () => {
  const ways = [way('a', 'b', 9), way('b', 'c', 8), way('c', 'a', 2), way('b', 'b', 50)];
  const { onward, back } = withoutCycles(ways);
  expect(onward).toEqual([way('a', 'b', 9), way('b', 'c', 8)]);
  expect(back).toEqual([way('b', 'b', 50), way('c', 'a', 2)]);
});

test('every way is on one side, and those onward have an order from left to right', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const ways = names.flatMap((from, i) => names.map((to, j) => way(from, to, ((i * 7 + j * 13) % 11) + 1)));
  const { onward, back } = withoutCycles(ways);
  expect(onward.length + back.length).toBe(ways.length);
  const rest = new Set(names);
  for (let left = names.length; left > 0; left -= 1) {
    const first = [...rest].find((name) => !onward.some(({ from, to }) => rest.has(from) && to === name));
    expect(first).toBeDefined();
    rest.delete(first!);
  }
});
