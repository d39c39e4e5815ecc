import { setImmediate as nextRound } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readingTurns } from './reading-turns.ts';

/**
 * Runs readers on a clock that only reading advances, and counts the pages read in each round of
 * the event loop.
 */
async function read(readers: number, pages: number, pageMs: number): Promise<{ most: number; order: string[] }> {
  let now = 0;
  const inTurn = readingTurns(() => now);
  let inRound = 0;
  let most = 0;
  const order: string[] = [];
  const reader = async (name: number) => {
    for (let page = 0; page < pages; page++) {
      await inTurn(() => {
        now += pageMs;
        most = Math.max(most, ++inRound);
        order.push(`${name}.${page}`);
      });
    }
  };
  let isOver = false;
  const rounds = (async () => {
    while (!isOver) {
      await nextRound();
      inRound = 0;
    }
  })();
  await Promise.all(Array.from({ length: readers }, (_, name) => reader(name)));
  isOver = true;
  await rounds;
  return { most, order };
}

test('however many read, pages that take long are read one in a round, and everybody has the first before anybody has the second', async () => {
  const { most, order } = await read(60, 3, 10);
  expect(most).toBeLessThanOrEqual(2);
  expect(order).toHaveLength(180);
  expect(new Set(order.slice(0, 60).map((one) => one.split('.')[1]))).toEqual(new Set(['0']));
});

test('pages that take little share a round', async () => {
  const { most } = await read(60, 1, 0.1);
  expect(most).toBe(60);
});
