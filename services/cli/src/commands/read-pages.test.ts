import { endpoints, type Journey } from '@touchstone/api';
import { expect, test } from 'vitest';
import { clientOf, customer, explainedMoment, journey, timelineEntry, whatIf } from '../../testing/answering-system.ts';
import { readWhole } from './read-pages.ts';

test('a journey of several pages is put together, with an explanation that adds up', async () => {
  const entries = [0, 1, 2].map((order) => timelineEntry({ order }));
  const moments = ['a', 'b', 'c'].map((eventId) => explainedMoment({ eventId }));
  const promises = ['p', 'q', 'r'].map((promiseId) => whatIf({ promiseId }));
  const explained = (from: number, to: number, count: number, points: number): Journey['explanation'] => ({
    ...journey().explanation,
    moments: moments.slice(from, to),
    otherMoments: { count, points },
    whatIf: promises.slice(from, to),
  });
  const pages = [
    journey({ timeline: entries.slice(0, 2), explanation: explained(0, 1, 2, 9), nextCursor: '5.9.2' }),
    journey({ timeline: entries.slice(2), explanation: explained(1, 3, 1, 4) }),
  ];
  const { asked, client } = clientOf(({ query }) => pages[query.cursor === undefined ? 0 : 1]!);
  const call = { params: { journeyId: 'j' }, query: { asOf: '2026-03-01T00:00:00Z' } };
  expect(await readWhole(client, endpoints.getJourney, call)).toEqual(
    journey({ timeline: entries, explanation: explained(0, 3, 0, 0) }),
  );
  const first = { asOf: '2026-03-01T00:00:00Z', limit: '2000' };
  expect(asked).toEqual([
    { method: 'GET', path: '/v1/journeys/j', query: first },
    { method: 'GET', path: '/v1/journeys/j', query: { ...first, cursor: '5.9.2' } },
  ]);
});

test('a customer of one page is asked for once', async () => {
  const { asked, client } = clientOf(() => customer());
  expect(await readWhole(client, endpoints.getCustomer, { params: { customerId: 'c' } })).toEqual(customer());
  expect(asked).toHaveLength(1);
});
