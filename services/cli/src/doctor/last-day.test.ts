import { type Client, TouchstoneError } from '@touchstone/client';
import { expect, it } from 'vitest';
import { lastDayCheck } from './last-day.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

/** A client whose system gives these answers and refuses spans longer than this. */
function client(
  answer: object,
  longestMs = Number.POSITIVE_INFINITY,
): { readonly client: Client; readonly asked: string[] } {
  const asked: string[] = [];
  const get = async (_path: string, query: Record<string, string> = {}) => {
    asked.push(query.from!);
    if (Date.parse(query.to!) - Date.parse(query.from!) > longestMs) {
      const problem = { type: 'about:blank', title: 'no', status: 400, detail: 'too many', code: 'invalid_query' };
      throw new TouchstoneError(problem, 'GET');
    }
    return answer;
  };
  return { client: { get } as unknown as Client, asked };
}

const balanced = { balanced: true, totals: { accepted: 5, stored: 5, lag: 1, gap: 0 }, gaps: [] };

it('a day that is balanced is good', async () => {
  const check = await lastDayCheck(client(balanced).client, NOW);
  expect(check).toMatchObject({ state: 'good', found: 'balanced in every minute: 5 stored, 1 of them on their way' });
});

it('a busy day is asked for hour by hour', async () => {
  const { client: busy, asked } = client(balanced, 3_600_000);
  expect(await lastDayCheck(busy, NOW)).toMatchObject({ state: 'good', found: expect.stringContaining('120 stored') });
  expect(asked).toHaveLength(25);
  expect([asked[1], asked.at(-1)]).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-02T11:00:00.000Z']);
});

it('hours of millions of events are asked for in parts, and are no fault', async () => {
  const { client: busy, asked } = client(balanced, 60_000);
  expect(await lastDayCheck(busy, NOW)).toMatchObject({
    state: 'good',
    found: expect.stringContaining('7,200 stored'),
  });
  expect(new Set(asked).size).toBe(24 * 60);
});

it('what is too much to count even by the minute is not known, and no fault', async () => {
  const check = await lastDayCheck(client(balanced, 0).client, NOW);
  expect(check).toMatchObject({ state: 'unknown', found: expect.stringContaining('more than is counted at once') });
});

it('a gap is bad, and the first event is named', async () => {
  const gap = {
    source: '/shop',
    minute: '2026-03-02T10:00:00.000Z',
    events: [{ fault: 'missing', id: 'e-7', customerId: 'anna' }],
  };
  const answer = { balanced: false, totals: { accepted: 5, stored: 5, lag: 0, gap: 1 }, gaps: [gap] };
  const check = await lastDayCheck(client(answer).client, NOW);
  expect(check.state).toBe('bad');
  expect(check.found).toBe(
    '1 missing or too many; first /shop at 2026-03-02T10:00:00.000Z: missing e-7 of customer anna',
  );
});
