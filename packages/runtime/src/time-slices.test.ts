import { setImmediate as nextRound } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { inSlices, nextSlice } from './time-slices.ts';

test('of all long work one slice is done in each round of the event loop, and each has its first before any has its second', async () => {
  let round = 0;
  let isOver = false;
  const rounds = (async () => {
    for (; !isOver; round++) await nextRound();
  })();
  const done: { readonly name: string; readonly round: number }[] = [];
  const work = async (name: string) => {
    for (let slice = 0; slice < 3; slice++) {
      await nextSlice();
      done.push({ name, round });
    }
  };
  await Promise.all(['a', 'b', 'c'].map(work));
  isOver = true;
  await rounds;
  expect(done.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  expect(new Set(done.map(({ round }) => round)).size).toBe(done.length);
});

test('many items are worked on in order, and in several rounds of the event loop', async () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now++);
  onTestFinished(() => clock.mockRestore());
  let round = 0;
  let isOver = false;
  const rounds = (async () => {
    for (; !isOver; round++) await nextRound();
  })();
  const done: number[] = [];
  const inRounds = new Set<number>();
  const items = Array.from({ length: 100 }, (_, at) => at);
  await inSlices(items, (item) => {
    done.push(item);
    inRounds.add(round);
  });
  isOver = true;
  await rounds;
  expect(done).toEqual(items);
  expect(inRounds.size).toBeGreaterThan(5);
});
