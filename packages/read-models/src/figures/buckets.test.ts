import { expect, test } from 'vitest';
import { BUCKETS_MAX, begins, bucketsOf } from './buckets.ts';

const at = (text: string) => Date.parse(text);
const shown = (times: readonly number[]) => times.map((time) => new Date(time).toISOString());

test('buckets up to six hours are whole multiples since 1970, whatever the zone', () => {
  const buckets = bucketsOf('6h', 'Asia/Kolkata');
  expect(shown(begins(buckets, at('2026-03-01T05:59:59Z'), at('2026-03-01T12:00:00Z')))).toEqual([
    '2026-03-01T00:00:00.000Z',
    '2026-03-01T06:00:00.000Z',
  ]);
});

test('days begin where the zone says, also where midnight does not exist or comes twice', () => {
  // Havana's clock goes from midnight to one in March, and back to midnight in November.
  const days = bucketsOf('1d', 'America/Havana');
  expect(shown(begins(days, at('2025-03-08T12:00:00Z'), at('2025-03-10T12:00:00Z')))).toEqual([
    '2025-03-08T05:00:00.000Z',
    '2025-03-09T05:00:00.000Z',
    '2025-03-10T04:00:00.000Z',
  ]);
  expect(shown(begins(days, at('2025-11-01T12:00:00Z'), at('2025-11-03T12:00:00Z')))).toEqual([
    '2025-11-01T04:00:00.000Z',
    '2025-11-02T04:00:00.000Z',
    '2025-11-03T05:00:00.000Z',
  ]);
  // Both midnights of that day belong to it.
  for (const time of ['2025-11-02T04:30:00Z', '2025-11-02T05:30:00Z', '2025-11-03T04:59:59Z'])
    expect(shown([days.begin(at(time))])).toEqual(['2025-11-02T04:00:00.000Z']);
});

test('weeks begin on Monday, months on the first', () => {
  const weeks = bucketsOf('1w', 'Europe/Berlin');
  expect(shown([weeks.begin(at('2026-03-29T12:00:00Z')), weeks.next(at('2026-03-29T12:00:00Z'))])).toEqual([
    '2026-03-22T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ]);
  const months = bucketsOf('1M', 'Australia/Lord_Howe');
  expect(shown(begins(months, at('2025-03-15T00:00:00Z'), at('2025-05-15T00:00:00Z')))).toEqual([
    '2025-02-28T13:00:00.000Z',
    '2025-03-31T13:00:00.000Z',
    '2025-04-30T13:30:00.000Z',
  ]);
});

test('more buckets than an answer holds are refused', () => {
  expect(() => begins(bucketsOf('1m'), 0, (BUCKETS_MAX + 1) * 60_000)).toThrow(/longer buckets/);
});
