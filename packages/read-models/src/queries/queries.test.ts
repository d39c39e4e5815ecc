import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { ClickHouse } from '../clickhouse.ts';
import { openReadModels, type ReadModels } from '../read-models.ts';
import {
  batch,
  complaintRow,
  customerRow,
  journeyRow,
  momentRow,
  parkedRow,
  promiseRow,
  T0,
  trustChangeRow,
} from '../row-fixtures.ts';
import type { Batch } from '../rows.ts';
import { customersDue, nextDue } from './customers-due.ts';
import { failureRates } from './failure-rates.ts';
import { findJourneyCustomers } from './find-journey-customers.ts';
import { listComplaints } from './list-complaints.ts';
import { listCustomers, type listCustomersParams } from './list-customers.ts';
import { listJourneys } from './list-journeys.ts';
import { listParked } from './list-parked.ts';
import { listPromises } from './list-promises.ts';
import { listTrustChanges } from './list-trust-changes.ts';
import { overview } from './overview.ts';
import { projectedCounts } from './projected-counts.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let readModels: ReadModels;
let clickhouse: ClickHouse;
beforeAll(async () => {
  readModels = await openReadModels(`chdb:${folder}`);
  clickhouse = readModels.clickhouse;
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A generation that holds these rows, and an older version of every replaced one, which nothing may show. */
async function holding(rows: Partial<Batch>): Promise<number> {
  const { number } = await readModels.createGeneration('{}');
  const older = <Row extends { version: bigint }>(all: readonly Row[] = []) =>
    all.map((row) => ({ ...row, version: 0n }));
  await readModels.writeBatch(
    number,
    batch(0n, 1n, {
      journeys: older(rows.journeys).map((row) => ({ ...row, score: 1, status: 'open', touchpoints: ['stale'] })),
      customers: older(rows.customers).map((row) => ({ ...row, stage: 'none', satisfaction: 1, nextDueAt: T0 - DAY })),
      promises: older(rows.promises).map((row) => ({ ...row, state: 'open', dueAt: T0 - DAY })),
      complaints: older(rows.complaints).map((row) => ({ ...row, resolvedAt: T0 })),
      trustChanges: older(rows.trustChanges).map((row) => ({ ...row, because: 'stale', isDeleted: false })),
    }),
  );
  await readModels.writeBatch(number, batch(1n, 2n, rows));
  return number;
}

/** All items of a listing, page by page. */
async function walk<Item>(
  ask: (cursor: string | undefined) => Promise<{ items: readonly Item[]; nextCursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

describe('journeys', () => {
  let generation: number;
  beforeAll(async () => {
    generation = await holding({
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
        journeyRow({ journeyId: 'c', customerId: 'ben', score: 90.12345678901235, lastAt: T0 + 2, type: 'claim' }),
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
    (await listJourneys(clickhouse, generation, given)).items.map((row) => `${row.customerId}/${row.journeyId}`);

  test('come with every field, exactly as they were measured', async () => {
    const { items, nextCursor } = await listJourneys(clickhouse, generation, { customerId: 'ben', type: 'claim' });
    const { version: _, ...row } = journeyRow({
      journeyId: 'c',
      customerId: 'ben',
      score: 90.12345678901235,
      type: 'claim',
    });
    expect(items).toEqual([{ ...row, lastAt: T0 + 2 }]);
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
  const generation = await holding({ journeys });
  for (const sort of ['score', '-score', 'endedAt', '-endedAt', 'startedAt', '-startedAt', '-lastAt'] as const) {
    const whole = (await listJourneys(clickhouse, generation, { sort, limit: 500 })).items;
    expect(whole.length).toBe(journeys.length);
    const walked = await walk((cursor) => listJourneys(clickhouse, generation, { sort, limit: 7, cursor }));
    expect(walked).toEqual(whole);
  }
});

describe('customers', () => {
  const now = T0 + 1000 * DAY;
  const recent = now - 10 * DAY;
  const past = now - 365 * DAY;
  let generation: number;
  beforeAll(async () => {
    generation = await holding({
      customers: [
        customerRow({
          customerId: 'true',
          attitude: true,
          nthLastPurchaseAt: recent,
          satisfied: true,
          satisfaction: 90,
          since: T0 + 1,
        }),
        customerRow({
          customerId: 'latent',
          attitude: true,
          nthLastPurchaseAt: past,
          satisfied: true,
          satisfaction: 80,
        }),
        customerRow({
          customerId: 'spurious',
          nthLastPurchaseAt: past + 1,
          satisfaction: 50,
          stage: 'cognitive',
          since: T0,
        }),
        customerRow({ customerId: 'none', satisfied: true, satisfaction: 70 }),
        customerRow({ customerId: 'dissatisfied', satisfaction: 20 }),
        customerRow({
          customerId: 'silent',
          ...{ attitude: true, nthLastPurchaseAt: recent, satisfied: true, satisfaction: 85 },
          lastMomentAt: now - 11,
          silenceMs: 10.5,
        }),
        customerRow({
          customerId: 'in-time',
          ...{ attitude: true, nthLastPurchaseAt: recent, satisfied: true, satisfaction: 84 },
          lastMomentAt: now - 10,
          silenceMs: 10,
        }),
        customerRow({ customerId: 'new', lastMomentAt: null, lastAt: T0 + 5 }),
      ],
    });
  });
  const ask = (given: Omit<Parameters<typeof listCustomers>[2], 'now' | 'purchaseDays'>) =>
    listCustomers(clickhouse, generation, { now, purchaseDays: 365, sort: 'id', ...given });
  const ids = async (given: Parameters<typeof ask>[0]) => (await ask(given)).items.map((row) => row.customerId);

  test('are loyal by attitude and by what they bought of late, as of now', async () => {
    expect(await ids({ loyalty: 'true' })).toEqual(['in-time', 'silent', 'true']);
    expect(await ids({ loyalty: 'latent' })).toEqual(['latent']);
    expect(await ids({ loyalty: 'spurious' })).toEqual(['spurious']);
    expect(await ids({ loyalty: 'none' })).toEqual(['dissatisfied', 'new', 'none']);
    const earlier = { now: now - 1, purchaseDays: 365, customerId: 'latent' };
    const { items } = await listCustomers(clickhouse, generation, {
      now: earlier.now,
      purchaseDays: 365,
      loyalty: 'true',
    });
    expect(items.map((row) => row.customerId)).toContain('latent');
  });

  test('leave quietly if satisfied and either loyal in no way or silent for longer than is their way', async () => {
    expect(await ids({ quietlyLeaving: true })).toEqual(['none', 'silent']);
    expect(await ids({ quietlyLeaving: false })).toEqual([
      'dissatisfied',
      'in-time',
      'latent',
      'new',
      'spurious',
      'true',
    ]);
  });

  test('are filtered by stage and satisfaction, and come with every field', async () => {
    expect(await ids({ minSatisfaction: 80, maxSatisfaction: 84 })).toEqual(['in-time', 'latent']);
    expect((await ask({ stage: 'cognitive' })).items).toEqual([
      {
        ...{ customerId: 'spurious', stage: 'cognitive', since: T0, satisfaction: 50, loyalty: 'spurious' },
        ...{ quietlyLeaving: false, satisfiedMoments: 0, streak: 0, delights: 0, purchases: 0, incidents: 0 },
        ...{ journeys: 1, moments: 1, firstAt: T0, lastAt: T0 },
      },
    ]);
  });

  test('walked page by page come once each, in every order', async () => {
    const sorts: z.input<typeof listCustomersParams>['sort'][] = [
      'id',
      '-id',
      'satisfaction',
      '-satisfaction',
      'since',
      '-since',
      'lastAt',
      '-lastAt',
    ];
    for (const sort of sorts) {
      const whole = (await ask({ sort })).items;
      expect(whole.length).toBe(8);
      expect(await walk((cursor) => ask({ sort, limit: 3, cursor }))).toEqual(whole);
    }
    expect((await ids({ sort: '-id' }))[0]).toBe('true');
    expect((await ids({ sort: 'since' })).slice(0, 2)).toEqual(['spurious', 'true']);
  });
});

describe('failure rates', () => {
  let generation: number;
  beforeAll(async () => {
    let position = 0n;
    const moment = (given: Parameters<typeof momentRow>[0]) => momentRow({ position: ++position, ...given });
    const many = (count: number, given: Parameters<typeof momentRow>[0]) =>
      Array.from({ length: count }, () => moment(given));
    generation = await holding({
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
  const ask = (given: Parameters<typeof failureRates>[2]) => failureRates(clickhouse, generation, given);

  test('count moments alone, and come with their Wilson interval', async () => {
    const rates = await ask({});
    expect(rates).toEqual([
      {
        dimensions: { touchpoint: 'pay', channel: 'app' },
        bucket: null,
        moments: 10,
        failures: 3,
        rate: 0.3,
        ...wilson(3, 10),
      },
      {
        dimensions: { touchpoint: 'shop', channel: 'web' },
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
    const split = async (by: Parameters<typeof ask>[0]['by']) =>
      (await ask({ by })).map(({ dimensions, moments, failures }) => [...Object.values(dimensions), moments, failures]);
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
      (await ask({ by: ['touchpoint'], bucket, ...given })).map((row) => [
        row.dimensions.touchpoint,
        row.bucket,
        row.moments,
      ]);
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
  });

  test('an answer that would be cut short is refused with what to do', async () => {
    await expect(ask({ rowsMax: 1 })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('shorter window'),
    });
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
    const rates = await failureRates(clickhouse, await holding({ moments }), { by: ['touchpoint'] });
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

/** The textbook formula, apart from the SQL. */
function wilson(failures: number, n: number, digits = 12) {
  const z = 1.959964;
  const p = failures / n;
  const centre = p + (z * z) / (2 * n);
  const reach = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const bound = (value: number) => Math.min(1, Math.max(0, value / (1 + (z * z) / n)));
  return { low: expect.closeTo(bound(centre - reach), digits), high: expect.closeTo(bound(centre + reach), digits) };
}

describe('trust', () => {
  let generation: number;
  beforeAll(async () => {
    generation = await holding({
      customers: [
        customerRow({ stage: 'cognitive' }),
        customerRow({ customerId: 'ben', stage: 'cognitive' }),
        customerRow({ customerId: 'eve' }),
      ],
      journeys: [
        journeyRow({ level: 'neutral' }),
        journeyRow({ journeyId: 'b', level: 'neutral' }),
        journeyRow({ journeyId: 'c', level: '', status: 'completed' }),
      ],
      promises: [
        promiseRow({ state: 'broken' }),
        promiseRow({ promiseId: 'p2', state: 'kept' }),
        promiseRow({ promiseId: 'p3', state: 'kept' }),
      ],
      trustChanges: [
        trustChangeRow({ ordinal: 0, at: T0 }),
        trustChangeRow({ ordinal: 1, at: T0 + 5, from: 'cognitive', to: 'none', because: 'idle' }),
        trustChangeRow({ ordinal: 2, at: T0 + 9, isDeleted: true }),
        ...Array.from({ length: 12 }, (_, ordinal) => trustChangeRow({ customerId: 'ben', ordinal, at: T0 + 3 })),
      ],
    });
  });

  test('changes are the latest first; one that news from the past took back is gone', async () => {
    const all = (await listTrustChanges(clickhouse, generation, {})).items;
    expect(all.length).toBe(14);
    expect(all[0]).toEqual({
      customerId: 'anna',
      ordinal: 1,
      from: 'cognitive',
      to: 'none',
      at: T0 + 5,
      because: 'idle',
    });
    expect(all.slice(1, 13).map((row) => row.ordinal)).toEqual([...Array(12).keys()]);
    expect(await walk((cursor) => listTrustChanges(clickhouse, generation, { limit: 5, cursor }))).toEqual(all);
    expect((await listTrustChanges(clickhouse, generation, { because: 'idle' })).items.length).toBe(1);
    expect(
      (await listTrustChanges(clickhouse, generation, { customerId: 'anna', from: T0, to: T0 + 5 })).items,
    ).toMatchObject([{ at: T0 }]);
  });

  test('and all else in one view: stages, levels, promises, latest changes', async () => {
    expect(await overview(clickhouse, generation, { latestTrustChanges: 1 })).toEqual({
      customersByStage: [
        { stage: 'cognitive', customers: 2 },
        { stage: 'none', customers: 1 },
      ],
      journeysByLevel: [
        { level: '', status: 'completed', journeys: 1 },
        { level: 'neutral', status: 'open', journeys: 2 },
      ],
      promisesByState: [
        { state: 'broken', promises: 1 },
        { state: 'kept', promises: 2 },
      ],
      latestTrustChanges: [expect.objectContaining({ customerId: 'anna', because: 'idle' })],
    });
  });
});

test('the promise ledger is by due date, filtered by state, window, customer and journey', async () => {
  const generation = await holding({
    promises: [
      promiseRow({ promiseId: 'late', dueAt: T0 + 50, state: 'broken' }),
      promiseRow({ promiseId: 'soon', dueAt: T0 + 10 }),
      promiseRow({
        promiseId: 'soon',
        customerId: 'ben',
        dueAt: T0 + 10,
        journeyId: '',
        state: 'kept',
        closedAt: T0 + 4,
      }),
    ],
  });
  const ask = (given: Parameters<typeof listPromises>[2]) => listPromises(clickhouse, generation, given);
  const ids = async (given: Parameters<typeof ask>[0]) =>
    (await ask(given)).items.map((row) => `${row.customerId}/${row.promiseId}`);
  expect(await ids({})).toEqual(['anna/soon', 'ben/soon', 'anna/late']);
  expect(await ids({ state: 'broken' })).toEqual(['anna/late']);
  expect(await ids({ dueFrom: T0 + 10, dueTo: T0 + 50 })).toEqual(['anna/soon', 'ben/soon']);
  expect(await ids({ customerId: 'anna', journeyId: 'order-1', state: 'open' })).toEqual(['anna/soon']);
  const { version: _, ...row } = promiseRow({ promiseId: 'soon', customerId: 'ben', journeyId: '', state: 'kept' });
  expect((await ask({ customerId: 'ben' })).items).toEqual([{ ...row, dueAt: T0 + 10, closedAt: T0 + 4 }]);
  expect(await walk((cursor) => ask({ limit: 1, cursor }))).toEqual((await ask({})).items);
});

test('complaints are the latest first, open until they are resolved', async () => {
  const generation = await holding({
    complaints: [
      complaintRow({ complaintId: 'open', raisedAt: T0 + 1, answeredAt: T0 + 2 }),
      complaintRow({
        complaintId: 'done',
        raisedAt: T0 + 5,
        resolvedAt: T0 + 9,
        firstContact: true,
        satisfaction: 4.2,
      }),
    ],
  });
  const ask = (given: Parameters<typeof listComplaints>[2]) => listComplaints(clickhouse, generation, given);
  const { version: _, ...row } = complaintRow({ complaintId: 'done', raisedAt: T0 + 5, resolvedAt: T0 + 9 });
  expect((await ask({ state: 'resolved' })).items).toEqual([{ ...row, firstContact: true, satisfaction: 4.2 }]);
  expect((await ask({ state: 'open', raisedFrom: T0, raisedTo: T0 + 2 })).items).toMatchObject([
    { complaintId: 'open', firstContact: null },
  ]);
  expect((await walk((cursor) => ask({ limit: 1, cursor }))).map((item) => item.complaintId)).toEqual(['done', 'open']);
});

test('customers for whom something fell due come most overdue first, and what falls due next is known', async () => {
  const generation = await holding({
    customers: [
      customerRow({ customerId: 'later', nextDueAt: T0 + 20 }),
      customerRow({ customerId: 'first', nextDueAt: T0 + 5 }),
      customerRow({ customerId: 'never' }),
    ],
  });
  expect(await customersDue(clickhouse, generation, { now: T0 + 5 })).toEqual([]);
  expect(await customersDue(clickhouse, generation, { now: T0 + 21 })).toEqual([
    { customerId: 'first', nextDueAt: T0 + 5 },
    { customerId: 'later', nextDueAt: T0 + 20 },
  ]);
  expect(await customersDue(clickhouse, generation, { now: T0 + 21, limit: 1 })).toMatchObject([
    { customerId: 'first' },
  ]);
  expect(await nextDue(clickhouse, generation)).toBe(T0 + 5);
  expect(await nextDue(clickhouse, (await readModels.createGeneration('{}')).number)).toBeNull();
});

test('what was set aside is listed in log order and counted beside what was projected', async () => {
  const last = 2n ** 63n;
  const generation = await holding({
    moments: [momentRow(), momentRow({ position: 2n })],
    parked: [
      parkedRow({ position: last, error: 'b' }),
      parkedRow({ position: 3n, error: 'a' }),
      parkedRow({ position: 3n, error: 'a' }),
    ],
  });
  expect(await listParked(clickhouse, generation, {})).toEqual([
    parkedRow({ position: 3n, error: 'a' }),
    parkedRow({ position: last, error: 'b' }),
  ]);
  expect(await listParked(clickhouse, generation, { after: 3n })).toEqual([parkedRow({ position: last, error: 'b' })]);
  expect(await projectedCounts(clickhouse, generation)).toEqual({ position: 2n, moments: 2, parked: 2 });
});
