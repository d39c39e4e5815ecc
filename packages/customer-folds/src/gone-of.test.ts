import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, readExportPage, sqliteEventStore } from '@touchstone/event-store';
import { historyCutEvent } from '@touchstone/journey';
import { expect, onTestFinished, test } from 'vitest';
import { tellCuts } from './cut-customers.ts';
import { goneFrom } from './gone-of.ts';
import { toldCut } from './told-cut.ts';

async function givenStore(): Promise<EventStore> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-gone-'));
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

const published = (customer: number, n: number) => {
  const event = { specversion: '1.0', id: `${customer}-${n}`, source: '/shop', type: 'test.v1', data: {} };
  return { ...event, stream: `customer-${customer}`, time: n, body: JSON.stringify(event) };
};

async function tellCut(store: EventStore, customer: number, upTo: bigint): Promise<void> {
  const cut = { upTo, from: null, isErased: false };
  const event = historyCutEvent(String(customer), cut, { by: 'read', at: 0 });
  const { id, source, type, time } = event;
  await tellCuts(store, [
    { id, source, type, stream: `changes-${customer}`, time: Date.parse(time), body: JSON.stringify(event) },
  ]);
}

test('what a fact in the log says to be gone is in no export, however many customers there are; those who were cut are read once', async () => {
  const store = await givenStore();
  // 40 events of each of 100 customers, in turn.
  await store.append(Array.from({ length: 4_000 }, (_, n) => published(n % 100, n)));
  await tellCut(store, 7, 2_000n);
  await tellCut(store, 8, 4_000n);
  await tellCut(store, 8, 1_000n);
  const asked: string[] = [];
  const streamPages: EventStore['streamPages'] = (...of) => {
    asked.push(of[0]);
    return store.streamPages(...of);
  };
  const goneOf = goneFrom({ streamPages });
  const ids: string[] = [];
  for (let after = 0n; ; ) {
    const page = await readExportPage(store, { after, limit: 900 }, goneOf);
    for (const line of page.lines.split('\n').slice(0, -1)) ids.push(JSON.parse(line).id);
    after = page.next;
    if (after >= page.end) break;
  }
  const left = ids.map((id) => Number(id.split('-')[1]));
  expect(left).toEqual(
    Array.from({ length: 4_000 }, (_, n) => n).filter((n) => n % 100 !== 8 && (n % 100 !== 7 || n >= 2_000)),
  );
  expect(asked.filter((stream) => stream !== 'history-cuts').sort()).toEqual(['changes-7', 'changes-8']);
});

test('a customer whom the log does not name is not looked for among what was announced of them, but in a store that others cut', async () => {
  const store = await givenStore();
  const asked: string[] = [];
  const streamPages: EventStore['streamPages'] = (...of) => {
    asked.push(of[0]);
    return store.streamPages(...of);
  };
  const embedded = { streamPages };
  expect(await toldCut(embedded, '1')).toBeNull();
  await tellCut(store, 1, 5n);
  await tellCut(store, 1, 9n);
  expect([await toldCut(embedded, '1'), await toldCut(embedded, '2')]).toMatchObject([{ upTo: 9n }, null]);
  expect(asked).toEqual(['history-cuts', 'history-cuts', 'changes-1', 'history-cuts']);
  asked.length = 0;
  expect(await toldCut({ streamPages, cutOf: async () => null }, '2')).toBeNull();
  expect(asked).toEqual(['changes-2']);
});

test('a cut that is told while a log is read is seen at once, a further one of the same customer once what is remembered is too old', async () => {
  const store = await givenStore();
  await store.append([published(1, 0)]);
  const [remembering, forgetful] = [goneFrom(store), goneFrom(store, 1)];
  const asked = () => Promise.all([remembering(['1']), forgetful(['1'])]);
  expect(await asked()).toEqual([new Map(), new Map()]);
  await tellCut(store, 1, 1n);
  expect(await asked()).toEqual([new Map([['1', 1n]]), new Map([['1', 1n]])]);
  await tellCut(store, 1, 2n);
  expect(await remembering(['1'])).toEqual(new Map([['1', 1n]]));
  await expect.poll(() => forgetful(['1'])).toEqual(new Map([['1', 2n]]));
});
