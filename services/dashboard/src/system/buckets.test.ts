import { expect, test } from 'vitest';
import { bucketFor, inBuckets } from './buckets.ts';

const span = (from: string | null, to: string | null = '2026-03-08T00:00:00Z') => ({ from, to });

test('a period is split as the address says, else as finely as its rows can be read', () => {
  expect(bucketFor('5m', span('2026-03-01T00:00:00Z'))).toBe('5m');
  expect(bucketFor('5y', span('2026-03-01T00:00:00Z'))).toBe('1d');
  expect(bucketFor(undefined, span('2026-03-07T00:00:00Z'))).toBe('1h');
  expect(bucketFor(undefined, span('2026-03-07T22:00:00Z'))).toBe('1m');
  expect(bucketFor(undefined, span(null, null))).toBe('1m');
});

test('sources are added up by bucket, in order of time', () => {
  const row = (minute: string, source: string, accepted: number, rejected: number | null = null) =>
    ({ minute, source, accepted, rejected, gap: 0 }) as Parameters<typeof inBuckets>[0][number];
  expect(inBuckets([row('b', '/x', 1), row('a', '/x', 2, 1), row('a', '/y', 3, 2)])).toEqual([
    { minute: 'a', accepted: 5, gap: 0, rejected: 3 },
    { minute: 'b', accepted: 1, gap: 0, rejected: 0 },
  ]);
});
