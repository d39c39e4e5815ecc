import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { asAppended, measures } from '@touchstone/journey/testing';
import { largeCustomers } from '@touchstone/journey/testing/large-customers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FOLD_LIMITS, FOLDED_HERE_MAX, type FoldRequest, foldsHere, openCustomerFolds } from './customer-folds.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-folds-'));
const folds = openCustomerFolds();
const MANY = 2 * FOLDED_HERE_MAX;
const NOW = Date.UTC(2026, 0, 1);
let store: EventStore;

beforeAll(async () => {
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  const events = largeCustomers['moments of one journey']!(MANY).map(asAppended);
  await store.append(events);
  await store.append(events.slice(0, 10).map((event) => ({ ...event, stream: 'customer-small' })));
  const promises = largeCustomers['promises due one by one']!(MANY).map(asAppended);
  await store.append(
    promises.map((event) => ({ ...event, body: event.body.replaceAll('"c1"', '"c2"'), stream: 'customer-c2' })),
  );
});
afterAll(async () => {
  await folds.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const journey = (more: Partial<FoldRequest<'journey'>> = {}): FoldRequest<'journey'> => ({
  task: 'journey',
  customerId: 'c1',
  given: () => ({ measures, now: NOW, journeyId: 'j0', page: { offset: 0, limit: 10 } }),
  ...more,
});

const askerNamed = (name: string) => ({ name, signal: new AbortController().signal });

/**
 * The same store, with counts of the streams and pages read from it. With `gate`, it delivers no
 * page before the gate resolves.
 */
function reading(gate?: Promise<unknown>) {
  const read = { pages: 0, streams: 0 };
  async function* streamPages(...of: Parameters<EventStore['streamPages']>) {
    read.streams++;
    await gate;
    for await (const page of store.streamPages(...of)) {
      read.pages++;
      yield page;
    }
  }
  return { read, store: { head: () => store.head(), streamPages } };
}

test.each([
  ['the answer on a journey', journey()],
  [
    'a later page of it',
    journey({ given: () => ({ ...journey().given(), page: { offset: MANY - 5, limit: 10 } }) as never }),
  ],
  ['what had happened by a time', journey({ isSeen: ({ time }) => time < Date.UTC(2024, 0, 1) + 1_000_000 })],
  ['what is due', { task: 'due' as const, customerId: 'c2', given: () => ({ measures, now: NOW }) }],
  ['what rows show', { task: 'shown' as const, customerId: 'c2', given: () => ({ measures, now: NOW }) }],
] as const)('%s is the same from another thread as from this one', async (_, request) => {
  const there = await folds.fold(store, request as FoldRequest<'journey'>);
  const here = await foldsHere.fold(store, request as FoldRequest<'journey'>);
  expect(there).toEqual(here);
  expect(JSON.stringify(here.result).length).toBeGreaterThan(100);
});

test('a customer of whom there is much leaves the thread that serves free; one of whom there is little is answered there', async () => {
  // Warm-up: the first fold also pays for making the thread's bundle.
  await folds.fold(store, journey());
  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  await folds.fold(store, journey());
  clearInterval(turn);
  expect(turns).toBeGreaterThan(3);
  const small = journey({ customerId: 'small' });
  expect((await folds.fold(store, small)).parkedEvents).toBe(10);
});

test('who asks the same while it waits, or before anything is stored, shares one fold', async () => {
  const { read, store: counted } = reading();
  const ask = () => folds.fold(counted, journey({ asker: askerNamed('one'), key: 'the same' }));
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, ask));
  expect(read.streams).toBe(1);
  for (const other of others) expect(other).toBe(first);
});

test('who asks after more was stored is told of it, though the same is being folded', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { read, store: gated } = reading(gate);
  const request = journey({ asker: askerNamed('one'), key: 'grown' });
  const before = folds.fold(gated, request);
  while (read.streams === 0) await new Promise((next) => setImmediate(next));
  await store.append(
    largeCustomers['moments of one journey']!(MANY + 1)
      .slice(-1)
      .map(asAppended),
  );
  const after = folds.fold(gated, request);
  open();
  expect((await before).result).not.toBeNull();
  expect((await after).result!.moments).toBe(MANY + 1);
  expect(read.streams).toBe(2);
});

test('beyond those that wait nobody is taken, but the system itself; whoever waited is answered', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { store: gated } = reading(gate);
  const ask = (name: string) => folds.fold(gated, journey({ asker: askerNamed(name) }));
  const asked = Array.from({ length: 2 + FOLD_LIMITS.waitingMax }, (_, at) => ask(`asker ${at}`));
  await expect(ask('one more')).rejects.toMatchObject({ name: 'NoTurn', reason: 'queue-full' });
  const own = folds.fold(gated, journey());
  open();
  expect((await Promise.all([...asked, own])).every(({ result }) => result !== null)).toBe(true);
});

test('who leaves is not folded for any longer', async () => {
  const leaving = new AbortController();
  async function* streamPages(...of: Parameters<EventStore['streamPages']>) {
    for await (const page of store.streamPages(...of)) {
      leaving.abort();
      yield page;
    }
  }
  const asker = { name: 'one', signal: leaving.signal };
  const left = folds.fold({ head: () => store.head(), streamPages }, journey({ asker }));
  await expect(left).rejects.toMatchObject({ name: 'NoTurn', reason: 'left' });
});

test('a store that fails in the midst fails that fold alone', async () => {
  async function* streamPages(...of: Parameters<EventStore['streamPages']>) {
    for await (const page of store.streamPages(...of)) {
      yield page;
      throw new Error('the store is gone');
    }
  }
  const failing = { head: () => store.head(), streamPages };
  await expect(folds.fold(failing, journey())).rejects.toThrow('the store is gone');
  expect((await folds.fold(store, journey())).result).not.toBeNull();
});

test('of many who ask at once for a customer of whom there is much, one finds that out', async () => {
  const fresh = openCustomerFolds();
  const counted = reading();
  const key = 'journey j0';
  const asking = Array.from({ length: 20 }, (_, nth) =>
    fresh.fold(counted.store, journey({ asker: askerNamed(`asker ${nth}`), key })),
  );
  const answers = await Promise.all(asking);
  await fresh.close();
  expect(new Set(answers.map(({ result }) => JSON.stringify(result))).size).toBe(1);
  // The first read finds out that the customer is large, the second folds.
  expect(counted.read.streams).toBe(2);
});
