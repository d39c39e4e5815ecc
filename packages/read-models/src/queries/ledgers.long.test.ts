import { beforeAll, describe, expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { holding, walk } from '../../testing/query-fixtures.ts';
import {
  complaintRow,
  customerRow,
  journeyRow,
  momentRow,
  parkedRow,
  promiseRow,
  T0,
  trustChangeRow,
} from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import type { ReadModels } from '../read-models.ts';
import type { ParkedRow } from '../tables.ts';
import { customersDue, customersUntold, nextDue, nextUntold } from './customers-due.ts';
import { listComplaints } from './list-complaints.ts';
import { listParked } from './list-parked.ts';
import { listPromises } from './list-promises.ts';
import { listTrustChanges } from './list-trust-changes.ts';
import { overview } from './overview.ts';
import { projectedCounts } from './projected-counts.ts';

let readModels: ReadModels;
let clickhouse: ClickHouse;
beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
});

describe('trust', () => {
  let generation: number;
  beforeAll(async () => {
    generation = await holding(readModels, {
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
        // Sorted by UTF-16 code units, the second would come first.
        ...['\u{ff5e}', '\u{1f600}'].map((customerId) => trustChangeRow({ customerId, at: T0 + 1 })),
      ],
    });
  });

  test('changes are the latest first; one that news from the past took back is gone', async () => {
    const all = (await listTrustChanges(clickhouse, generation, {})).items;
    expect(all.length).toBe(16);
    expect(all[0]).toEqual({
      customerId: 'anna',
      ordinal: 1,
      from: 'cognitive',
      to: 'none',
      at: T0 + 5,
      because: 'idle',
      satisfaction: 71.5,
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

  test('the view shows the changes that the listing has first, in its order', async () => {
    for (const latestTrustChanges of [5, 15, 500]) {
      const { items } = await listTrustChanges(clickhouse, generation, { limit: latestTrustChanges });
      expect((await overview(clickhouse, generation, { latestTrustChanges })).latestTrustChanges).toEqual(items);
    }
  });

  test('the view is one statement, so that its numbers are of one state', async () => {
    let statements = 0;
    const counting: ClickHouse = {
      ...clickhouse,
      query: (...given) => {
        statements++;
        return clickhouse.query(...given);
      },
    };
    await overview(counting, generation, {});
    expect(statements).toBe(1);
  });

  test('the view of nothing is empty lists', async () => {
    const { number } = await readModels.createGeneration('{}');
    expect(await overview(clickhouse, number, {})).toEqual({
      customersByStage: [],
      journeysByLevel: [],
      promisesByState: [],
      latestTrustChanges: [],
    });
  });
});

test('the promise ledger is by due date, filtered by state, window, customer and journey', async () => {
  const generation = await holding(readModels, {
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
    (await ask(given)).items.map((row) => `${row.customerId}/${row.id}`);
  expect(await ids({})).toEqual(['anna/soon', 'ben/soon', 'anna/late']);
  expect(await ids({ state: 'broken' })).toEqual(['anna/late']);
  expect(await ids({ dueFrom: T0 + 10, dueTo: T0 + 50 })).toEqual(['anna/soon', 'ben/soon']);
  expect(await ids({ customerId: 'anna', journeyId: 'order-1', state: 'open' })).toEqual(['anna/soon']);
  const {
    version: _,
    proof: _said,
    promiseId: id,
    channel: _channel,
    actorTeam: _team,
    actorSite: _site,
    attributes: _attributes,
    ...row
  } = promiseRow({ promiseId: 'soon', customerId: 'ben', journeyId: '', state: 'kept' });
  expect((await ask({ customerId: 'ben' })).items).toEqual([
    { ...row, id, journeyId: null, dueAt: T0 + 10, closedAt: T0 + 4 },
  ]);
  expect(await walk((cursor) => ask({ limit: 1, cursor }))).toEqual((await ask({})).items);
});

test('complaints are the latest first, open until they are resolved', async () => {
  const generation = await holding(readModels, {
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
  const {
    version: _,
    proof: _said,
    complaintId: id,
    actorTeam: _team,
    actorSite: _site,
    attributes: _attributes,
    followUpSatisfaction: _followUp,
    ...row
  } = complaintRow({ complaintId: 'done', raisedAt: T0 + 5, resolvedAt: T0 + 9 });
  expect((await ask({ state: 'resolved' })).items).toEqual([{ ...row, id, firstContact: true, satisfaction: 4.2 }]);
  expect((await ask({ state: 'open', raisedFrom: T0, raisedTo: T0 + 2 })).items).toMatchObject([
    { id: 'open', firstContact: null },
  ]);
  expect((await walk((cursor) => ask({ limit: 1, cursor }))).map((item) => item.id)).toEqual(['done', 'open']);
});

test('customers for whom something fell due that rows do not show, or that is not announced, come most overdue first, and what falls due next is known', async () => {
  const generation = await holding(readModels, {
    customers: [
      customerRow({ customerId: 'later', nextDueAt: T0 + 20 }),
      customerRow({ customerId: 'first', nextDueAt: T0 + 5 }),
      customerRow({ customerId: 'never' }),
      customerRow({ customerId: 'shown', untoldAt: T0 + 9, nextDueAt: T0 + 99 }),
      customerRow({ customerId: 'shown first', untoldAt: T0 + 8 }),
    ],
  });
  expect(await customersUntold(clickhouse, generation, { now: T0 + 9 })).toEqual(['shown first']);
  expect(await customersUntold(clickhouse, generation, { now: T0 + 10 })).toEqual(['shown first', 'shown']);
  expect(await customersDue(clickhouse, generation, { now: T0 + 5 })).toEqual([]);
  expect(await customersDue(clickhouse, generation, { now: T0 + 6 })).toEqual(['first']);
  expect(await customersDue(clickhouse, generation, { now: T0 + 20 })).toEqual(['first']);
  expect(await customersDue(clickhouse, generation, { now: T0 + 21 })).toEqual(['first', 'later']);
  expect(await customersDue(clickhouse, generation, { now: T0 + 21, limit: 1 })).toEqual(['first']);
  expect(await nextDue(clickhouse, generation)).toBe(T0 + 5);
  expect(await nextUntold(clickhouse, generation, { from: T0 })).toBe(T0 + 8);
  expect(await nextUntold(clickhouse, generation, { from: T0 + 9 })).toBe(T0 + 9);
  expect(await nextUntold(clickhouse, generation, { from: T0 + 10 })).toBeNull();
  const { number: empty } = await readModels.createGeneration('{}');
  expect([await nextDue(clickhouse, empty), await nextUntold(clickhouse, empty, { from: 0 })]).toEqual([null, null]);
});

test('what was set aside is listed in log order and counted beside what was projected', async () => {
  const last = 2n ** 63n;
  const generation = await holding(readModels, {
    moments: [momentRow(), momentRow({ position: 2n })],
    parked: [
      parkedRow({ position: last, error: 'b' }),
      parkedRow({ position: 3n, error: 'a' }),
      parkedRow({ position: 3n, error: 'a' }),
    ],
  });
  const listed = ({ version: _version, retriedAt: _retriedAt, retryRecordedAt: _recorded, ...row }: ParkedRow) => row;
  const [first, second] = [
    listed(parkedRow({ position: 3n, error: 'a' })),
    listed(parkedRow({ position: last, error: 'b' })),
  ];
  expect(await listParked(clickhouse, generation, {})).toEqual([first, second]);
  expect(await listParked(clickhouse, generation, { after: 3n })).toEqual([second]);
  expect(await listParked(clickhouse, generation, { positions: [1n, last] })).toEqual([second]);
  expect(await projectedCounts(clickhouse, generation)).toEqual({ position: 2n, moments: 2, parked: 2, cut: 0 });
});
