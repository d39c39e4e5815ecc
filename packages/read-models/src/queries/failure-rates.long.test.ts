import type { Dimension } from '@touchstone/api';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { DAY, HOUR, holding } from '../../testing/query-fixtures.ts';
import { momentRow, T0 } from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import type { ReadModels } from '../read-models.ts';
import { type FailureRate, failureRates } from './failure-rates.ts';

/** Returns a rate's dimensions, then its moments and failures. */
function inShort({ bucket, isOpen, moments, failures, rate, low, high, ...dimensions }: FailureRate) {
  return [...Object.values(dimensions), moments, failures];
}

let readModels: ReadModels;
let clickhouse: ClickHouse;
beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
});

describe('failure rates', () => {
  let generation: number;
  beforeAll(async () => {
    let position = 0n;
    const moment = (given: Parameters<typeof momentRow>[0]) => momentRow({ position: ++position, ...given });
    const many = (count: number, given: Parameters<typeof momentRow>[0]) =>
      Array.from({ length: count }, () => moment(given));
    generation = await holding(readModels, {
      moments: [
        ...many(7, { touchpoint: 'pay', channel: 'app', time: T0 + 10 * HOUR }),
        ...many(2, { touchpoint: 'pay', channel: 'app', time: T0 + 11 * HOUR - 1, outcome: 'failed', cause: 'system' }),
        ...many(1, {
          touchpoint: 'pay',
          channel: 'app',
          time: T0 + 11 * HOUR,
          outcome: 'abandoned',
          attributes: { region: 'N' },
        }),
        ...many(4, { touchpoint: 'shop', channel: 'web', time: T0 + 30 * HOUR, actorTeam: 'blue', source: '/erp' }),
        ...many(5, { touchpoint: 'shop', channel: 'web', type: 'touchstone.feedback.given.v1', outcome: '' }),
      ],
    });
  });
  const ratesOf = async (through: ClickHouse, of: number, given: Parameters<typeof failureRates>[2]) =>
    (await failureRates(through, of, given)).rows;
  const ask = (given: Parameters<typeof failureRates>[2]) => ratesOf(clickhouse, generation, given);

  test('count moments alone, and come with their Wilson interval', async () => {
    const rates = await ask({});
    expect(rates).toEqual([
      {
        ...{ touchpoint: 'pay', channel: 'app' },
        bucket: null,
        moments: 10,
        failures: 3,
        rate: 0.3,
        ...wilson(3, 10),
      },
      {
        ...{ touchpoint: 'shop', channel: 'web' },
        bucket: null,
        moments: 4,
        failures: 0,
        rate: 0,
        ...wilson(0, 4),
      },
    ]);
    expect(rates[0]!.low).toBeCloseTo(0.107_791, 5);
    expect(rates[0]!.high).toBeCloseTo(0.603_222, 5);
    expect(rates[1]!.low).toBe(0);
  });

  test('are split by any of the dimensions and by attributes', async () => {
    const split = async (by: readonly Dimension[]) => (await ask({ by })).map(inShort);
    expect(await split([])).toEqual([[14, 3]]);
    expect(await split(['cause'])).toEqual([
      ['', 12, 1],
      ['system', 2, 2],
    ]);
    expect(await split(['actorTeam', 'source'])).toEqual([
      ['', '/shop', 10, 3],
      ['blue', '/erp', 4, 0],
    ]);
    expect(await split(['attribute.region', 'journeyType'])).toEqual([
      ['', 'order', 13, 2],
      ['N', 'order', 1, 1],
    ]);
    expect(await split(["attribute.x'] OR 1=1 --"])).toEqual([['', 14, 3]]);
  });

  test('fall into buckets of whole hours or days of event time, and only where there were moments', async () => {
    const inBuckets = async (bucket: '1h' | '1d', given = {}) =>
      (await ask({ by: ['touchpoint'], bucket, ...given }))
        .filter(({ moments }) => moments > 0)
        .map((row) => [row.touchpoint, row.bucket, row.moments]);
    expect(await inBuckets('1h')).toEqual([
      ['pay', T0 + 10 * HOUR, 9],
      ['pay', T0 + 11 * HOUR, 1],
      ['shop', T0 + 30 * HOUR, 4],
    ]);
    expect(await inBuckets('1d')).toEqual([
      ['pay', T0, 10],
      ['shop', T0 + DAY, 4],
    ]);
    expect(await inBuckets('1h', { from: T0 + 11 * HOUR, to: T0 + 30 * HOUR })).toEqual([['pay', T0 + 11 * HOUR, 1]]);
    expect(await ask({ from: T0 + 31 * HOUR })).toEqual([]);
    expect(await ask({ by: [], from: T0 + 31 * HOUR })).toMatchObject([{ moments: 0, rate: null }]);
  });

  /** Makes the engine fail unless it reads the projection. */
  const insisting = {
    query: (sql, params, row) =>
      clickhouse.query(`${sql} SETTINGS force_optimize_projection_name = 'by_hour'`, params, row),
  } as ClickHouse;

  test.each([
    ['all time', {}],
    ['buckets of hours', { bucket: '1h' as const, by: ['journeyType' as const] }],
    ['buckets of days', { bucket: '1d' as const }],
    ['whole hours', { from: T0 + 10 * HOUR, to: T0 + 30 * HOUR, bucket: '6h' as const }],
  ])('of %s read the counts by hour, and not every moment', async (_, given) => {
    expect(await ratesOf(insisting, generation, given)).toEqual(await ask(given));
  });

  test.each([
    ['parts of hours', { from: T0 + 10 * HOUR + 1 }],
    ['buckets of minutes', { bucket: '15m' as const }],
    ['other dimensions', { by: ['cause' as const] }],
  ])('of %s are counted from the moments themselves', async (_, given) => {
    await expect(ratesOf(insisting, generation, given)).rejects.toThrow(/projection/i);
    expect((await ask(given)).length).toBeGreaterThan(0);
  });

  test('of any window are those of the moments in it', async () => {
    const times = [10, 10.5, 11, 30].map((hours) => T0 + hours * HOUR);
    for (const from of [undefined, ...times]) {
      for (const to of [undefined, ...times, T0 + 11 * HOUR - 1]) {
        const within = (at: number) => at >= (from ?? 0) && at < (to ?? Number.POSITIVE_INFINITY);
        const expected = [
          ...Array.from({ length: 7 }, () => ({ at: T0 + 10 * HOUR, failed: 0 })),
          ...Array.from({ length: 2 }, () => ({ at: T0 + 11 * HOUR - 1, failed: 1 })),
          { at: T0 + 11 * HOUR, failed: 1 },
          ...Array.from({ length: 4 }, () => ({ at: T0 + 30 * HOUR, failed: 0 })),
        ].filter(({ at }) => within(at));
        const [row] = await ask({ by: [], ...(from !== undefined && { from }), ...(to !== undefined && { to }) });
        expect([row?.moments ?? 0, row?.failures ?? 0], `${from} to ${to}`).toEqual([
          expected.length,
          expected.reduce((sum, { failed }) => sum + failed, 0),
        ]);
      }
    }
  });

  test('forget what is deleted, in the counts by hour as well', async () => {
    const kept = momentRow({ position: 1n, touchpoint: 'pay' });
    const erased = momentRow({ position: 2n, touchpoint: 'pay', outcome: 'failed' });
    const generation = await holding(readModels, { moments: [kept, erased] });
    const rates = (through: ClickHouse) => ratesOf(through, generation, {});
    expect(await rates(insisting)).toMatchObject([{ moments: 2, failures: 1 }]);
    await clickhouse.command('DELETE FROM {database:Identifier}.moments WHERE position = 2', {
      database: databaseOf(generation),
    });
    expect(await rates(clickhouse)).toMatchObject([{ moments: 1, failures: 0 }]);
    expect(await rates(insisting)).toMatchObject([{ moments: 1, failures: 0 }]);
  });

  const shortly = async (given: Parameters<typeof ask>[0]) => (await ask(given)).map(inShort);

  test.each<readonly [Parameters<typeof failureRates>[2], readonly unknown[]]>([
    [{ touchpoint: 'pay' }, ['pay', 'app', 10, 3]],
    [{ channel: 'web' }, ['shop', 'web', 4, 0]],
    [{ type: 'order', channel: 'app' }, ['pay', 'app', 10, 3]],
    [{ team: 'blue' }, ['shop', 'web', 4, 0]],
    [{ attributes: { region: 'N' } }, ['pay', 'app', 1, 1]],
  ])('are those of what is asked for alone: %j', async (given, row) => {
    expect(await shortly(given)).toEqual([row]);
  });

  test('of what there is not have no row', async () => {
    for (const given of [
      { type: 'x' },
      { touchpoint: '' },
      { site: 'x' },
      { touchpoint: '(other)' },
      { attributes: { x: '' } },
    ]) {
      expect(await ask(given), JSON.stringify(given)).toEqual([]);
    }
  });

  test('of some touchpoints are read from the counts by hour as well', async () => {
    const given = { touchpoint: 'pay', type: 'order', channel: 'app' };
    expect(await ratesOf(insisting, generation, given)).toEqual(await ask(given));
  });

  test('of more combinations than are asked for are those with most moments, and the others together', async () => {
    expect(await shortly({ groupsMax: 1 })).toEqual([
      ['pay', 'app', 10, 3],
      ['(other)', '(other)', 4, 0],
    ]);
    expect(await shortly({ groupsMax: 2 })).toEqual(await shortly({}));
    expect(await shortly({ by: ['touchpoint'], bucket: '1d', rowsMax: 4, groupsMax: 1 })).toEqual(
      (await shortly({ by: ['touchpoint'], bucket: '1d' })).map(([name, ...counts]) => [
        name === 'pay' ? name : '(other)',
        ...counts,
      ]),
    );
    await expect(ask({ by: ['touchpoint'], bucket: '1h', rowsMax: 2 })).rejects.toMatchObject({
      code: 'too-much',
      message: expect.stringContaining('longer buckets'),
    });
  });

  test('of ten thousand names and one more answer, and add up to all moments', async () => {
    let position = 0n;
    const moment = (touchpoint: string, outcome = 'succeeded') =>
      momentRow({ position: ++position, touchpoint, outcome });
    const moments = Array.from({ length: 10_001 }, (_, i) =>
      moment(`order ${i} opened`, i % 2 === 0 ? 'failed' : 'succeeded'),
    );
    moments.push(...Array.from({ length: 5 }, () => moment('(other)')), moment('((other))'), moment('(start'));
    const many = await holding(readModels, { moments });
    const rates = await ratesOf(clickhouse, many, { by: ['touchpoint'] });
    expect(rates).toHaveLength(10_000);
    expect(rates.reduce((sum, { moments }) => sum + moments, 0)).toBe(10_008);
    expect(rates.at(-1)).toMatchObject({ touchpoint: '(other)', moments: 5 });
    const few = await ratesOf(clickhouse, many, { by: ['touchpoint'], groupsMax: 3 });
    expect(few.map(({ touchpoint, moments }) => [touchpoint, moments])).toEqual([
      ['(((other)))', 1],
      ['((other))', 5],
      ['(start', 1],
      ['(other)', 10_001],
    ]);
    const named = async (touchpoint: string) => (await ratesOf(clickhouse, many, { touchpoint }))[0]?.moments;
    expect([await named('((other))'), await named('(((other)))'), await named('(start')]).toEqual([5, 1, 1]);
  });

  test('agree with Wilson for any counts, and stay within 0..1', async () => {
    const counts = fc.sample(fc.tuple(fc.nat(40), fc.nat(40)), { numRuns: 40, seed: 1 }).filter(([a, b]) => a + b > 0);
    let position = 0n;
    const moments = counts.flatMap(([good, bad], i) =>
      Array.from({ length: good + bad }, (_, k) =>
        momentRow({
          position: ++position,
          touchpoint: `t${String(i).padStart(3, '0')}`,
          outcome: k < good ? 'succeeded' : 'failed',
        }),
      ),
    );
    const rates = await ratesOf(clickhouse, await holding(readModels, { moments }), { by: ['touchpoint'] });
    expect(rates.length).toBe(counts.length);
    for (const [i, { low, high }] of rates.entries()) {
      const [good, bad] = counts[i]!;
      const expected = wilson(bad, good + bad, 12);
      expect(low).toEqual(expected.low);
      expect(high).toEqual(expected.high);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }
  });
});

/** The textbook formula, computed without SQL. */
function wilson(failures: number, n: number, digits = 12) {
  const z = 1.959964;
  const p = failures / n;
  const centre = p + (z * z) / (2 * n);
  const reach = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const bound = (value: number) => Math.min(1, Math.max(0, value / (1 + (z * z) / n)));
  return { low: expect.closeTo(bound(centre - reach), digits), high: expect.closeTo(bound(centre + reach), digits) };
}
