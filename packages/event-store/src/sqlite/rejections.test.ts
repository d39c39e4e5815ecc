import { afterEach, beforeEach, expect, test } from 'vitest';
import { rejection } from '../../testing/contract/event.ts';
import { bestSqliteDriver, type SqliteDatabase } from './driver.ts';
import { openRejectionsReading } from './reading/read-rejections.ts';
import { openRejections } from './rejections.ts';
import { prepareSchema } from './schema.ts';

let database: SqliteDatabase;
beforeEach(() => {
  database = bestSqliteDriver()!.open(':memory:');
  prepareSchema(database, ':memory:');
});
afterEach(() => database.close());

const sent = (payload: string) => rejection({ payload: payload.padEnd(1000, '.') });
const payloads = () =>
  Array.from(openRejectionsReading(database).list({ limit: 10, includeResolved: true }), ({ payload }) =>
    payload.replaceAll('.', ''),
  );

test('beyond what rejections may take the oldest are given up for the new, and counted', () => {
  const rejections = openRejections(database, 3500);
  for (const payload of ['a', 'b', 'c']) rejections.keep([sent(payload)], 0);
  expect(payloads()).toEqual(['a', 'b', 'c']);
  rejections.keep([sent('d'), sent('e')], 0);
  expect(payloads()).toEqual(['c', 'd', 'e']);
  expect(rejections.size()).toMatchObject({ givenUp: 2 });
  expect(rejections.size().bytes).toBeLessThanOrEqual(3500);
});

test('a rejection that is not what was kept says so, and the others are listed', () => {
  const rejections = openRejections(database);
  rejections.keep([sent('a'), sent('b'), sent('c')], 7);
  database.exec(`UPDATE rejections SET rejection = replace(rejection, 'b.', 'x.') WHERE id = 2`);
  database.exec('UPDATE rejections SET rejected_at = 8 WHERE id = 3');
  const listed = [...openRejectionsReading(database).list({ limit: 10 })];
  expect(listed.map(({ code }) => code === 'damaged')).toEqual([false, true, true]);
  expect(listed[1]!.payload).toContain('x.');
});

test('what is kept counts after a restart too, and what was rolled back does not', () => {
  openRejections(database, 3500).keep([sent('a'), sent('b')], 0);
  database.exec('DROP TABLE temp.rejections_size');
  const rejections = openRejections(database, 3500);
  const { bytes } = rejections.size();
  expect(bytes).toBeGreaterThan(2000);
  const fails = () =>
    database.transaction(() => {
      rejections.keep([sent('c'), sent('d')], 0);
      throw new Error('the disk is full');
    });
  expect(fails).toThrow('the disk is full');
  expect(rejections.size()).toEqual({ bytes, givenUp: 0 });
  rejections.keep([sent('c')], 0);
  expect(payloads()).toEqual(['a', 'b', 'c']);
});
