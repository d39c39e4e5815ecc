import { expect, it } from 'vitest';
import { clientOf } from '../../testing/answering-system.ts';
import { lastDayCheck } from './last-day.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

const figures = { accepted: 5, cut: 0, stored: 5, relayed: null, projected: 4, parked: 0, lag: 1, gap: 0 };
const balanced = {
  from: new Date(NOW).toISOString(),
  to: new Date(NOW).toISOString(),
  projected: '4',
  relayed: null,
  balanced: true,
  totals: figures,
  rows: [],
  gaps: [],
};

/** A client whose system gives this answer and refuses spans longer than this. */
function systemOf(answer: object, longestMs = Number.POSITIVE_INFINITY) {
  const { client, asked } = clientOf(({ query }) =>
    Date.parse(query.to!) - Date.parse(query.from!) > longestMs ? 400 : answer,
  );
  return { client, starts: () => asked.map(({ query }) => query.from) };
}

it('a day that is balanced is good', async () => {
  const check = await lastDayCheck(systemOf(balanced).client, NOW);
  expect(check).toMatchObject({ state: 'good', found: 'balanced in every minute: 5 stored, 1 of them on their way' });
});

it('a busy day is asked for hour by hour', async () => {
  const { client: busy, starts } = systemOf(balanced, 3_600_000);
  expect(await lastDayCheck(busy, NOW)).toMatchObject({ state: 'good', found: expect.stringContaining('120 stored') });
  expect(starts()).toHaveLength(25);
  expect([starts()[1], starts().at(-1)]).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-02T11:00:00.000Z']);
});

it('hours of millions of events are asked for in parts, and are no fault', async () => {
  const { client: busy, starts } = systemOf(balanced, 60_000);
  expect(await lastDayCheck(busy, NOW)).toMatchObject({
    state: 'good',
    found: expect.stringContaining('7,200 stored'),
  });
  expect(new Set(starts()).size).toBe(24 * 60);
});

it('what is too much to count even by the minute is not known, and no fault', async () => {
  const check = await lastDayCheck(systemOf(balanced, 0).client, NOW);
  expect(check).toMatchObject({ state: 'unknown', found: expect.stringContaining('more than is counted at once') });
});

it('a gap is bad, and the first event is named', async () => {
  const gap = {
    source: '/shop',
    minute: '2026-03-02T10:00:00.000Z',
    gap: 1,
    found: 1,
    events: [{ fault: 'missing', id: 'e-7', customerId: 'anna', position: '7' }],
    searched: 'whole',
  };
  const answer = { ...balanced, balanced: false, totals: { ...figures, gap: 1 }, gaps: [gap] };
  const check = await lastDayCheck(systemOf(answer).client, NOW);
  expect(check.state).toBe('bad');
  expect(check.found).toBe(
    '1 missing or too many; first /shop at 2026-03-02T10:00:00.000Z: missing e-7 of customer anna',
  );
});
