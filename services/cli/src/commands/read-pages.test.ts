import type { Client } from '@touchstone/client';
import { expect, test } from 'vitest';
import { readWhole } from './read-pages.ts';

/** A client whose system answers with these pages, one after the other. */
function answering(...pages: readonly object[]) {
  const asked: unknown[] = [];
  const get = async (path: string, query: unknown) => {
    asked.push([path, query]);
    return pages[asked.length - 1];
  };
  return { asked, client: { get } as unknown as Client };
}

test('a journey of several pages is put together, with an explanation that adds up', async () => {
  const { asked, client } = answering(
    {
      score: 70,
      timeline: [1, 2],
      explanation: { moments: ['a'], otherMoments: { count: 2, points: 9 }, cap: null },
      nextCursor: '5.9.2',
    },
    {
      score: 70,
      timeline: [3],
      explanation: { moments: ['b', 'c'], otherMoments: { count: 1, points: 4 }, cap: null },
      nextCursor: null,
    },
  );
  expect(await readWhole(client, '/v1/journeys/j', { asOf: 'then' })).toEqual({
    score: 70,
    timeline: [1, 2, 3],
    explanation: { moments: ['a', 'b', 'c'], otherMoments: { count: 0, points: 0 }, cap: null },
    nextCursor: null,
  });
  expect(asked).toEqual([
    ['/v1/journeys/j', { asOf: 'then', limit: 2000 }],
    ['/v1/journeys/j', { asOf: 'then', limit: 2000, cursor: '5.9.2' }],
  ]);
});

test('a customer of one page is asked for once', async () => {
  const answer = { history: [1], journeys: [], nextCursor: null };
  const { asked, client } = answering(answer);
  expect(await readWhole(client, '/v1/customers/c', {})).toBe(answer);
  expect(asked).toHaveLength(1);
});
