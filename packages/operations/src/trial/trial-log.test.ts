import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trialLog } from './trial-log.ts';

let folder: string;
let store: EventStore;
const event = (id: string, stream = 'customer-anna') => ({
  stream,
  source: '/s',
  id,
  type: 't',
  time: 5,
  body: `{"id":"${id}"}`,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-trial-log-'));
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  await store.append([event('1'), event('2', 'customer-ben'), event('3')]);
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('shows the log up to a position and then what is appended to it, which the log itself never sees', async () => {
  const log = trialLog(store);
  const seen: string[] = [];
  const stopping = new AbortController();
  const caughtUp: bigint[] = [];
  const reading = (async () => {
    for await (const item of log.subscribe({ signal: stopping.signal, pageSize: 2 })) {
      if (item.kind === 'events')
        seen.push(...item.events.map(({ position, body }) => `${position} ${JSON.parse(body).id}`));
      else caughtUp.push(item.position);
      if (item.kind === 'caughtUp' && item.position === 0n) log.extendTo(2n);
      if (item.kind === 'caughtUp' && item.position === 2n) {
        await log.append([
          event('due-1', 'changes-anna'),
          event('due-2', 'changes-ben'),
          event('due-3', 'changes-anna'),
        ]);
      }
      if (item.kind === 'caughtUp' && item.position === 5n) stopping.abort();
    }
  })();
  await reading;
  expect(seen).toEqual(['1 1', '2 2', '3 due-1', '4 due-2', '5 due-3']);
  expect(caughtUp).toEqual([0n, 2n, 5n]);
  expect(await log.head()).toBe(5n);
  expect(await store.head()).toBe(3n);
  expect(await store.readStream('changes-anna')).toEqual([]);
  expect((await log.readStream('changes-anna')).map(({ position }) => position)).toEqual([3n, 5n]);
  expect((await log.readStream('changes-anna', { upTo: 3n })).map(({ position }) => position)).toEqual([3n]);
  expect((await log.readStream('customer-anna')).map(({ position }) => position)).toEqual([1n]);
  expect(() => log.extendTo(3n)).toThrow('cannot be extended');
});

it('never records an event earlier than one before it', async () => {
  const log = trialLog(store);
  log.extendTo(await store.head());
  const last = await store.lastRecordedAt();
  expect(await log.lastRecordedAt()).toBe(last);
  const ahead = { ...event('due-1', 'changes-anna'), time: last! + 1_000 };
  await log.append([ahead, event('due-2', 'changes-anna')]);
  const recorded = (await log.readStream('changes-anna')).map(({ recordedAt }) => recordedAt);
  expect(recorded).toEqual([last! + 1_000, last! + 1_000]);
  expect(await log.lastRecordedAt()).toBe(last! + 1_000);
});
