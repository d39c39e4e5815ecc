import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announceTo } from '@touchstone/clock';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { announcementEvent, DAY_MS, parkedRetryEvent, type Upcaster, upcasters } from '@touchstone/journey';
import { asAppended, measures } from '@touchstone/journey/testing';
import { foldInProcess, type StartFold } from '@touchstone/projection';
import { type ClickHouse, listParked, openReadModels, type ReadModels } from '@touchstone/read-models';
import { dump, dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { damaged } from '../../testing/damaged.ts';
import { telling } from '../../testing/project-with-clock.ts';
import { randomLog } from '../../testing/random-log.ts';
import { openFoldThreads } from '../threads/fold-threads.ts';
import { partitionLane } from './lane.ts';
import { startProjector } from './projector.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-retry-'));
const logger = createLogger({ level: 'silent' });
let readModels: ReadModels;
let clickhouse: ClickHouse;

beforeAll(async () => {
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  clickhouse = readModels.clickhouse;
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

let stores = 0;

async function openDamaged() {
  const store = await openEventStore(`sqlite:${join(folder, `events-${++stores}.db`)}`);
  onTestFinished(() => store.close());
  return damaged(store);
}

async function positionsOf(store: EventStore): Promise<readonly { position: bigint; customerId: string }[]> {
  const all = [];
  for await (const page of store.readAll({ streamPrefix: 'customer-' })) all.push(...page);
  return all.map(({ position, stream }) => ({ position, customerId: stream.slice('customer-'.length) }));
}

/**
 * Lets time pass without events: rows are settled many days ahead, and later events contradict some
 * of them.
 */
async function letTimePass(store: EventStore, days: number): Promise<void> {
  const journey = { kind: 'journey-abandoned', journeyId: 'j1', journeyType: 'order' } as const;
  const at = (await store.greatestTime())! + days * DAY_MS;
  const customers = new Set((await positionsOf(store)).map(({ customerId }) => customerId));
  const all = Array.from(customers, (customerId) => ({ customerId, announcement: { ...journey, at } }));
  await announceTo(store, all, true);
}

let asked = 0;

/** Requests a retry of every parked event; resolves to customer → positions. */
async function retryAll(store: EventStore, generation: number): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const byCustomer = new Map<string, bigint[]>();
  for (const { customerId, position } of await listParked(clickhouse, generation, { limit: 500 })) {
    byCustomer.set(customerId, [...(byCustomer.get(customerId) ?? []), position]);
  }
  for (const [customerId, positions] of byCustomer) await retry(store, customerId, positions);
  return byCustomer;
}

async function retry(store: EventStore, customerId: string, positions: readonly bigint[]): Promise<bigint> {
  const at = Date.UTC(2026, 0, 1);
  const event = parkedRetryEvent(customerId, positions, { id: String(++asked), at });
  const { id, source, type } = event;
  const stream = `changes-${customerId}`;
  return (await store.append([{ stream, source, id, type, time: at, body: JSON.stringify(event) }])).position;
}

/** Projects a generation up to the log's end; then the projector either stays or stops. */
type Follow = (store: EventStore, generation: number) => Promise<void>;

function projecting(startFold: StartFold, batch: number, announce = telling): Follow {
  return async (store, generation) => {
    const sizes = { batch };
    const options = { store, readModels, generation, measures, logger, sizes, startFold };
    const projector = await startProjector({ ...options, announce: announce(store) });
    // The announcements are appended to the log too, so its head moves while it is read.
    let head = 0n;
    while (head < (await store.head())) {
      head = await store.head();
      const isThere = await projector.progress.reached(head, 60_000);
      expect(isThere, String(projector.fault())).toBe(true);
    }
    const listed = await listParked(clickhouse, generation, { limit: 500 });
    expect([...projector.parked].sort()).toEqual(listed.map(({ position }) => position).sort());
    await projector.stop();
  };
}

const inLanes =
  (of: number): Follow =>
  async (store, generation) => {
    const target = async () => ({ generation, measures });
    const options = { store, readModels, target, announce: telling(store), logger };
    for (let head = 0n; head < (await store.head()); ) {
      head = await store.head();
      for (let index = 0; index < of; index++) {
        const lane = partitionLane(index, of, options);
        await lane.look();
        await lane.close();
      }
    }
  };

// Four threads, because live events are folded on half of them.
const threads = openFoldThreads(4);
afterAll(() => threads.close());

async function expectAsRebuilt(store: EventStore, generation: number): Promise<void> {
  expect(await readModels.verify(generation)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  const rebuilt = (await readModels.createGeneration('{}')).number;
  const said: string[] = [];
  const noting: typeof telling = () => async (announcements) => {
    for (const { customerId, announcement } of announcements) {
      // A retraction is dropped where its breach was not announced.
      if (announcement.kind === 'promise-broken-retracted') continue;
      said.push(`${customerId} ${announcementEvent(customerId, announcement, false).id}`);
    }
  };
  await projecting(foldInProcess, 100_000, noting)(store, rebuilt);
  expect(await dumpHoweverCut(clickhouse, generation)).toEqual(await dumpHoweverCut(clickhouse, rebuilt));
  // Every announcement that the rebuild makes must be in the log.
  const told = new Set<string>();
  for await (const page of store.readAll({ streamPrefix: 'changes-' })) {
    for (const { stream, id } of page) told.add(`${stream.slice('changes-'.length)} ${id}`);
  }
  expect(said.filter((one) => !told.has(one))).toEqual([]);
}

test.each<[string, Follow]>([
  ['by one projector, in small batches', projecting(foldInProcess, 40)],
  ['by one projector, in one batch', projecting(foldInProcess, 100_000)],
  ['on threads', projecting(threads.startFold, 300)],
  ['in one lane', inLanes(1)],
  ['in three lanes', inLanes(3)],
])(
  'events that are mended and tried again leave the tables of a clean rebuild: %s',
  async (_how, follow) => {
    const { store, broken } = await openDamaged();
    const log = randomLog(14, 7);
    const half = Math.floor(log.length / 2);
    await store.append(log.slice(0, half).map(asAppended));
    const all = await positionsOf(store);
    for (const [i, { position, customerId }] of all.entries()) {
      // Some events here and there; all of one customer; and all but the beginning of another.
      if (i % 9 === 4 || customerId === 'c3' || (customerId === 'c5' && i > 40)) broken.add(position);
    }
    const { number: generation } = await readModels.createGeneration('{}');
    await follow(store, generation);
    expect((await listParked(clickhouse, generation, { limit: 500 })).length).toBe(broken.size);

    await letTimePass(store, 60);
    await follow(store, generation);

    // Only some are mended; the others fail again and keep their reason and position.
    const mended = [...broken].filter((position) => position % 3n !== 0n);
    for (const position of mended) broken.delete(position);
    const tried = await retryAll(store, generation);
    expect([...tried.values()].flat()).toHaveLength(broken.size + mended.length);
    await follow(store, generation);
    const left = await listParked(clickhouse, generation, { limit: 500 });
    expect(left.map(({ position }) => position)).toEqual([...broken].sort((a, b) => Number(a - b)));
    for (const { error } of left) expect(error).toContain('not JSON');

    // More events arrive, and all but one of the rest are mended.
    await store.append(log.slice(half).map(asAppended));
    await follow(store, generation);
    const last = [...broken].at(-1)!;
    for (const position of broken) if (position !== last) broken.delete(position);
    await retryAll(store, generation);
    await retryAll(store, generation);
    await follow(store, generation);
    expect((await listParked(clickhouse, generation, {})).map(({ position }) => position)).toEqual([last]);
    await expectAsRebuilt(store, generation);
  },
  120_000,
);

test('killed between the inserts of a retry and begun again, nothing is lost or doubled', async () => {
  const { store, broken } = await openDamaged();
  await store.append(randomLog(6, 11).map(asAppended));
  for (const [i, { position }] of (await positionsOf(store)).entries()) if (i % 5 === 2) broken.add(position);
  const follow = projecting(foldInProcess, 25);
  const { number: generation } = await readModels.createGeneration('{}');
  await follow(store, generation);

  // Patches this object, because the writer of the tables holds a reference to it.
  const engine = clickhouse as { -readonly [Name in keyof ClickHouse]: ClickHouse[Name] };
  const { insert } = clickhouse;
  onTestFinished(() => {
    engine.insert = insert;
  });
  const tables = ['parked', 'moments', 'journeys', 'customers', 'trust_changes', 'checkpoints'];
  for (const lost of tables) {
    const mended = [...broken].slice(0, 3);
    for (const position of mended) broken.delete(position);
    await retryAll(store, generation);
    let isLost = false;
    engine.insert = async (table, ...rest) => {
      if (table !== `touchstone_${generation}.${lost}` || isLost) return insert(table, ...rest);
      isLost = true;
      throw new Error(`${lost} is cut off`);
    };
    await follow(store, generation);
    expect(isLost, lost).toBe(true);
    expect(await readModels.verify(generation), lost).toEqual({ isWhole: true, faults: [], heldFrom: null });
    const left = await listParked(clickhouse, generation, { limit: 500 });
    expect(left.length, lost).toBe(broken.size);
  }
  broken.clear();
  engine.insert = insert;
  await retryAll(store, generation);
  await follow(store, generation);
  await expectAsRebuilt(store, generation);
}, 300_000);

const at = '2026-03-01T09:30:00.000Z';
const plain = (id: string, type: string, data: object) => {
  const body = JSON.stringify({ id, source: '/old', type, subject: 'ada', time: at, data });
  return { stream: 'customer-ada', source: '/old', id, type, time: Date.parse(at), body };
};
const moment = (id: string, journeyType: string) =>
  plain(id, 'touchstone.moment.recorded.v1', {
    journeyId: 'j',
    journeyType,
    touchpoint: 'desk.asked',
    channel: 'web',
    outcome: 'succeeded',
  });

test('an event of a type that nobody knew is taken by a retry once there is a step up from it', async () => {
  const { store } = await openDamaged();
  const type = 'touchstone.shopping.done.v1';
  const { position } = await store.append([plain('1', type, { sum: 12 })]);
  const { number: generation } = await readModels.createGeneration('{}');
  const follow = projecting(foldInProcess, 10);
  await follow(store, generation);
  const [parked] = await listParked(clickhouse, generation, {});
  expect(parked).toMatchObject({ position, type, error: expect.stringContaining('unreadable type') });

  const step: Upcaster = ({ sum }) => ({ type: 'touchstone.purchase.made.v1', data: { amount: sum, currency: 'EUR' } });
  (upcasters as Map<string, Upcaster>).set(type, step);
  onTestFinished(() => void (upcasters as Map<string, Upcaster>).delete(type));
  const version = await retry(store, 'ada', [position]);
  await follow(store, generation);
  expect(await listParked(clickhouse, generation, {})).toEqual([]);
  const { moments, customers } = await dump(clickhouse, generation);
  expect(moments).toEqual([expect.objectContaining({ type: 'touchstone.purchase.made.v1', amount: 12 })]);
  expect(customers).toEqual([expect.objectContaining({ customer_id: 'ada', purchases: 1, version: Number(version) })]);
  await expectAsRebuilt(store, generation);
});

test('an event with which moments that are written would be measured otherwise stays set aside, and says so', async () => {
  const { store, broken } = await openDamaged();
  await store.append([moment('1', 'support'), moment('2', 'order'), moment('3', 'order')]);
  const [first, , third] = (await positionsOf(store)).map(({ position }) => position);
  broken.add(first!).add(third!);
  const { number: generation } = await readModels.createGeneration('{}');
  const follow = projecting(foldInProcess, 10);
  await follow(store, generation);
  broken.clear();
  await retryAll(store, generation);
  await follow(store, generation);
  expect(await listParked(clickhouse, generation, {})).toEqual([
    expect.objectContaining({
      position: first,
      error: 'with it the journey j is of type support, and its moments are measured as order: a rebuild takes it',
    }),
  ]);
  expect(await readModels.verify(generation)).toEqual({ isWhole: true, faults: [], heldFrom: null });
});

test('a retry of what is not set aside, or is nobody of theirs, changes nothing but versions', async () => {
  const { store, broken } = await openDamaged();
  await store.append(randomLog(3, 5).map(asAppended));
  const all = await positionsOf(store);
  const [others] = all.filter(({ customerId }) => customerId === 'c1');
  broken.add(others!.position);
  const { number: generation } = await readModels.createGeneration('{}');
  const follow = projecting(foldInProcess, 10);
  await follow(store, generation);
  const before = await dumpHoweverCut(clickhouse, generation);
  broken.clear();
  const version = await retry(
    store,
    'c0',
    all.map(({ position }) => position),
  );
  await retry(store, 'nobody', [1n]);
  await follow(store, generation);
  const after = await dumpHoweverCut(clickhouse, generation);
  const withoutVersion = (rows: unknown[] = []) =>
    rows.map((row) => ({ ...(row as object), version: undefined, proof: undefined }));
  for (const table of Object.keys(before)) expect(withoutVersion(after[table])).toEqual(withoutVersion(before[table]));
  expect(after.customers).toContainEqual(expect.objectContaining({ customer_id: 'c0', version: Number(version) }));
});
