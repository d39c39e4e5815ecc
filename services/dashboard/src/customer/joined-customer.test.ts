import type { Customer, JourneySummary } from '@touchstone/api';
import { expect, test } from 'vitest';
import { joinedCustomer } from './joined-customer.ts';

const journey = (id: string): JourneySummary => ({
  id,
  type: 'order',
  customerId: 'c',
  status: 'open',
  startedAt: '2026-01-01T00:00:00.000Z',
  lastAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
  score: null,
  level: null,
  moments: 1,
  failures: 0,
  brokenPromises: 0,
  promisesKeptLate: 0,
  openComplaints: 0,
});

const page = (given: Partial<Customer>): Customer => ({
  id: 'c',
  stage: 'none',
  since: null,
  satisfaction: null,
  satisfiedMoments: 0,
  delights: 0,
  purchases: 0,
  loyalty: 'none',
  quietlyLeaving: false,
  history: [],
  journeys: [],
  total: { history: 0, journeys: 2 },
  nextCursor: null,
  next: null,
  ...given,
});

test('once more is loaded lists and their lengths are of one moment, while the figures go on', () => {
  const pages = [page({ journeys: [journey('a')], nextCursor: 'further' }), page({ journeys: [journey('b')] })];
  const latest = page({ purchases: 3, journeys: [journey('a')], total: { history: 0, journeys: 3 } });
  const shown = joinedCustomer(latest, pages);
  expect(shown.journeys.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(shown.total).toEqual({ history: 0, journeys: 2 });
  expect(shown.purchases).toBe(3);
});
