import type { JourneySummary } from '@touchstone/api';
import { expect, test } from 'vitest';
import { lowestJourneysPath, openFirst } from './lowest-journeys.ts';

const journey = (id: string, status: JourneySummary['status'], customerId = 'c') =>
  ({ id, status, customerId }) as JourneySummary;
const list = (...items: JourneySummary[]) => ({ items, nextCursor: null });

test('open journeys come first, then ended ones, none twice, ten at most', () => {
  const open = list(journey('a', 'open'), journey('b', 'open'));
  const all = list(
    journey('x', 'abandoned'),
    journey('a', 'open'),
    journey('b', 'completed'),
    journey('a', 'completed', 'd'),
  );
  expect(openFirst(open, all).map(({ id, customerId }) => `${customerId} ${id}`)).toEqual(['c a', 'c b', 'c x', 'd a']);
  const many = list(...Array.from({ length: 20 }, (_, n) => journey(`e${n}`, 'completed')));
  expect(openFirst(open, many)).toHaveLength(10);
});

test('the journeys of the chosen period are asked for, and of the chosen touchpoint', () => {
  const chosen = { days: null, byChannel: false, touchpoint: 'a&b', started: 7 };
  const path = lowestJourneysPath(chosen, '2026-03-14T10:01:00.000Z', 'open');
  expect(Object.fromEntries(new URLSearchParams(path.split('?')[1]))).toEqual({
    minScore: '0',
    sort: 'score',
    limit: '10',
    status: 'open',
    touchpoint: 'a&b',
    from: '2026-03-07T10:00:00.000Z',
  });
});
