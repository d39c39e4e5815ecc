import type { Customer } from '@touchstone/api';
import { expect, test } from 'vitest';
import { biographyOf } from './biography.ts';

const journey = (id: string, startedAt: string, lastAt: string) => ({
  id,
  startedAt,
  lastAt,
  endedAt: lastAt,
  status: 'completed',
});
const customerWith = (journeys: object[]): Customer =>
  ({
    id: 'ada',
    stage: 'cognitive',
    history: [{ from: 'none', to: 'cognitive', at: '2026-01-05T00:00:00Z', because: 'earned', satisfaction: 75 }],
    journeys,
  }) as unknown as Customer;
const moment = (time: string, data: object) => ({
  id: time,
  source: '/s',
  type: 'touchstone.moment.recorded.v1',
  subject: 'ada',
  time,
  data: { ...data },
});
const day = (n: number): string => `2026-01-${String(n).padStart(2, '0')}T00:00:00Z`;

test('the rhythm is the median between visits, and the silence lasts from the last moment to now', () => {
  const customer = customerWith([1, 3, 7, 17].map((n) => journey(`j${n}`, day(n), day(n))));
  const events = [
    ...[1, 3, 7].map((n) => moment(day(n), { journeyId: `j${n}` })),
    moment(day(20), { journeyId: 'j17' }),
  ];
  const told = biographyOf({ customer, events, promises: [], complaints: [], now: day(25) });
  expect(told?.rhythmMs).toBe(4 * 86_400_000);
  expect(told?.silenceMs).toBe(5 * 86_400_000);
  expect(told?.stages.map(({ stage }) => stage)).toEqual(['none', 'cognitive']);
});

test('journeys at the same time lie in lanes of their own, and one that follows takes a free lane', () => {
  const customer = customerWith([
    journey('a', day(1), day(5)),
    journey('b', day(2), day(3)),
    journey('c', day(6), day(7)),
  ]);
  const told = biographyOf({ customer, events: [], promises: [], complaints: [], now: day(9) });
  expect(told?.journeys.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  expect(told?.rhythmMs).toBeNull();
});

test('a customer of whom nothing is known has no biography', () => {
  expect(biographyOf({ customer: customerWith([]), events: [], promises: [], complaints: [], now: day(9) })).toBeNull();
});
