import { expect, test } from 'vitest';
import { Problem } from './problem.ts';
import { hashedIds, plainIds } from './tracing-ids.ts';

const PATH = ['/v1/journeys/o-1?customerId=ann', '/v1/journeys/:journeyId', { journeyId: 'o-1' }] as const;
const error = new Problem('not_found', 'There is no journey o-1.');

test('ids are told as hashes, the same wherever they stand, and an error by its code', () => {
  const hash = hashedIds.shown('o-1');
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(hashedIds.shown('o-2')).not.toBe(hash);
  expect(hashedIds.path(...PATH)).toBe(`/v1/journeys/${hash}`);
  expect(hashedIds.exception(error)).toEqual({ name: 'Problem', message: 'not_found' });
  expect(hashedIds.exception(new TypeError('ann is undefined'))).toEqual({ name: 'TypeError', message: 'TypeError' });
});

test('or as they are, where that is wanted', () => {
  expect(plainIds.shown('o-1')).toBe('o-1');
  expect(plainIds.path(...PATH)).toBe('/v1/journeys/o-1');
  expect(plainIds.exception(error).message).toContain('o-1');
});
