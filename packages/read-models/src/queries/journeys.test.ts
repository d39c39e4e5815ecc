import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { holding, walk } from '../../testing/query-fixtures.ts';
import { customerRow, journeyRow, T0 } from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import type { ReadModels } from '../read-models.ts';
import { findJourneyCustomers } from './find-journey-customers.ts';
import { listJourneys } from './list-journeys.ts';

let readModels: ReadModels;
let clickhouse: ClickHouse;
beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
});

describe('journeys', () => {
  let generation: number;
  beforeAll(async () => {
    generation = await holding(readModels, {
      journeys: [
        journeyRow({
          journeyId: 'a',
          score: 70 - 1e-12,
          lastAt: T0 + 5,
          touchpoints: ['shop', 'pay'],
          channels: ['web', 'app'],
        }),
        journeyRow({ journeyId: 'b', score: null, level: '', lastAt: T0 + 4, startedAt: T0 + 10 }),
        journeyRow({
          journeyId: 'a',
          customerId: 'ben',
          score: 30,
          lastAt: T0 + 3,
          status: 'completed',
          endedAt: T0 + 3,
        }),
        journeyRow({
          journeyId: 'c',
          customerId: 'ben',
          score: 90.12345678901235,
          lastAt: T0 + 2,
          type: 'claim',
          brokenPromises: 2,
          promisesKeptLate: 1,
        }),
        journeyRow({
          journeyId: 'd',
          customerId: 'eve',
          score: 30,
          lastAt: T0 + 3,
          attributes: { __proto__: 'x', country: 'DE', empty: '' } as Record<string, string>,
          ...{ status: 'abandoned', endedAt: T0 + 9, brokenPromises: 2, openComplaints: 1 },
        }),
      ],
      customers: [
        customerRow({ customerId: 'ben', stage: 'affective' }),
        customerRow(),
        customerRow({ customerId: 'eve' }),
      ],
    });
  });
  const names = async (given: Parameters<typeof listJourneys>[2]) =>
    (await listJourneys(clickhouse, generation, given)).items.map((row) => `${row.customerId}/${row.id}`);

  test('come with every field, exactly as they were measured', async () => {
    const { items, nextCursor } = await listJourneys(clickhouse, generation, { customerId: 'ben', type: 'claim' });
    // Answers omit the fields of a row that exist only for filters.
    const {
      version: _,
      proof: _said,
      standing: _standing,
      touchpoints,
      channels,
      attributes,
      journeyId: id,
      ...row
    } = journeyRow({
      journeyId: 'c',
      customerId: 'ben',
      score: 90.12345678901235,
      type: 'claim',
      brokenPromises: 2,
      promisesKeptLate: 1,
    });
    expect(items).toEqual([{ ...row, id, lastAt: T0 + 2 }]);
    expect(nextCursor).toBeNull();
  });

  test('are the latest first unless asked otherwise, and those without a value come last both ways', async () => {
    expect(await names({})).toEqual(['anna/a', 'anna/b', 'ben/a', 'eve/d', 'ben/c']);
    expect(await names({ sort: 'score' })).toEqual(['ben/a', 'eve/d', 'anna/a', 'ben/c', 'anna/b']);
    expect(await names({ sort: '-score' })).toEqual(['ben/c', 'anna/a', 'ben/a', 'eve/d', 'anna/b']);
    expect(await names({ sort: 'endedAt' })).toEqual(['ben/a', 'eve/d', 'anna/a', 'anna/b', 'ben/c']);
    expect(await names({ sort: '-startedAt', limit: 1 })).toEqual(['anna/b']);
  });

  test.each([
    [{ status: 'completed' as const }, ['ben/a']],
    [{ minScore: 70 }, ['anna/a', 'ben/c']],
    [{ maxScore: 30 - 1e-12 }, ['ben/a', 'eve/d']],
    [{ minScore: 30.001, maxScore: 90 }, ['anna/a']],
    [{ touchpoint: 'pay' }, ['anna/a']],
    [{ touchpoint: 'stale' }, []],
    [{ channel: 'app' }, ['anna/a']],
    [{ stage: 'affective' as const }, ['ben/a', 'ben/c']],
    [{ from: T0 + 10 }, ['anna/b']],
    [{ from: T0, to: T0 + 10, customerId: 'anna' }, ['anna/a']],
    [{ attributes: { country: 'DE' } }, ['eve/d']],
    [{ attributes: { country: 'DE', empty: '' } }, ['eve/d']],
    [{ attributes: { empty: '' } }, ['eve/d']],
    [{ attributes: { country: "DE' OR 1=1 --" } }, []],
    [{ type: 'claim', status: 'completed' as const }, []],
  ])('that match %j', async (given, expected) => {
    expect(await names(given)).toEqual(expected);
  });

  test('of one id belong to each customer who has one', async () => {
    expect(await findJourneyCustomers(clickhouse, generation, { journeyId: 'a' })).toEqual(['anna', 'ben']);
    expect(await findJourneyCustomers(clickhouse, generation, { journeyId: 'd' })).toEqual(['eve']);
    expect(await findJourneyCustomers(clickhouse, generation, { journeyId: 'z' })).toEqual([]);
  });

  test('a cursor of another order, or none of ours, is refused with what to do', async () => {
    const { nextCursor } = await listJourneys(clickhouse, generation, { limit: 1 });
    const ask = (cursor: string, sort: 'score' | '-lastAt') => listJourneys(clickhouse, generation, { cursor, sort });
    await expect(ask(nextCursor!, 'score')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('sort=-lastAt'),
    });
    for (const cursor of ['', 'x', 'W10', Buffer.from('["-lastAt",1,["a"]]').toString('base64url')]) {
      await expect(ask(cursor, '-lastAt')).rejects.toMatchObject({ code: 'invalid' });
    }
  });
});

test('walking a listing page by page meets every row once, in order, whatever is tied or absent', async () => {
  const score = fc.oneof(
    fc.constant(null),
    fc.constantFrom(0, 0.1 + 0.2, 70, 100),
    fc.double({ min: 0, max: 100, noNaN: true }),
  );
  const endedAt = fc.option(fc.integer({ min: T0, max: T0 + 3 }), { nil: null });
  const rows = fc.sample(fc.record({ score, endedAt, customer: fc.constantFrom('anna', "b'n", 'é') }), {
    numRuns: 60,
    seed: 4,
  });
  const journeys = rows.map(({ score, endedAt, customer }, i) =>
    journeyRow({ journeyId: `j${i}`, customerId: customer, score, endedAt, startedAt: T0 + (i % 4) }),
  );
  const generation = await holding(readModels, { journeys });
  for (const sort of ['score', '-score', 'endedAt', '-endedAt', 'startedAt', '-startedAt', '-lastAt'] as const) {
    const whole = (await listJourneys(clickhouse, generation, { sort, limit: 500 })).items;
    expect(whole.length).toBe(journeys.length);
    const walked = await walk((cursor) => listJourneys(clickhouse, generation, { sort, limit: 7, cursor }));
    expect(walked).toEqual(whole);
  }
});
