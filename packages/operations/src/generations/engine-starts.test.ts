import { expect, test } from 'vitest';
import { engineStarts } from './engine-starts.ts';

/** Counts what a server says when it is asked; its answer takes `takes` seconds. */
function counting() {
  const starts = engineStarts();
  return (host: string, askedAt: number, seconds: number, takes = 0) => {
    starts.note({ host, seconds, askedAt: askedAt * 1000, answeredAt: (askedAt + takes) * 1000 });
    return starts.count();
  };
}

test('each server counts once when it is first seen, and once more whenever it was restarted', () => {
  const counted = counting();
  expect([counted('a', 0, 100), counted('a', 0.9, 100), counted('a', 1, 101)]).toEqual([1, 1, 1]);
  expect([counted('b', 2, 7), counted('a', 2, 102), counted('b', 4, 9)]).toEqual([2, 2, 2]);
  expect([counted('a', 5, 0), counted('a', 6, 1), counted('b', 6, 3)]).toEqual([3, 3, 4]);
});

test('a server that was restarted soon after its start counts, though it has run for longer since', () => {
  const counted = counting();
  expect([counted('a', 0, 3), counted('a', 10, 5)]).toEqual([1, 2]);
});

test('slow answers, and seconds that are cut off, are no restart', () => {
  const counted = counting();
  expect([counted('a', 0, 10, 30), counted('a', 31, 11, 30), counted('a', 62, 72), counted('a', 63.9, 73)]).toEqual([
    1, 1, 1, 1,
  ]);
});
