import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore, sqliteEventStore } from '@touchstone/event-store';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startClickHouseServer } from '../clickhouse-server/server.ts';
import { givenServer, putBack } from '../contract/eventstoredb-stores.ts';
import { logEvents } from '../kafka-broker/sample.ts';
import { ask, figures, folderForTest, publish, reference, started } from './put-back-systems.ts';

/**
 * A log that was restored from a backup, or exchanged, under the rows of a system that had seen
 * more.
 */

/** A stopped system with forty events, and a backup of 25 of them. */
const seen = mkdtempSync(join(tmpdir(), 'touchstone-put-back-'));
const backup = join(seen, 'backup.db');

beforeAll(async () => {
  await written(join(seen, 'events.db'), (store) => store.append(logEvents(0, 25)));
  cpSync(join(seen, 'events.db'), backup);
  const system = await started(seen);
  await publish(system.url, 25, 40);
  await figures(system.url);
  await system.stop();
}, 180_000);
afterAll(() => rmSync(seen, { recursive: true, force: true }));

async function written(file: string, write: (store: EventStore) => Promise<unknown>): Promise<void> {
  const store = await sqliteEventStore({ file });
  await write(store);
  await store.close();
}

function copyOfSeen(): string {
  const data = folderForTest();
  cpSync(seen, data, { recursive: true });
  return data;
}

test.each([
  ['shorter', async () => undefined],
  ['grown past its old end', (store: EventStore) => store.append(logEvents(100, 160))],
])(
  'rows of a log that was put back and is %s are filled anew, and answer as if nothing else had been',
  async (_, grow) => {
    const data = copyOfSeen();
    cpSync(backup, join(data, 'events.db'));
    await written(join(data, 'events.db'), grow);
    const system = await started(data);
    const found = await figures(system.url);
    await system.stop();
    expect(found).toEqual(await reference(data));
  },
  120_000,
);

test.each([
  ['another log', (store: EventStore) => store.append(logEvents(100, 160))],
  ['a log that was emptied', (store: EventStore) => store.append(logEvents(0, 1))],
])(
  'rows beside %s are moved aside, and filled from this one',
  async (_, write) => {
    const data = copyOfSeen();
    rmSync(join(data, 'events.db'));
    await written(join(data, 'events.db'), write);
    const system = await started(data);
    const found = await figures(system.url);
    await system.stop();
    expect(found).toEqual(await reference(data));
    expect(readdirSync(data).filter((name) => name.startsWith('clickhouse.of-another-log-'))).toHaveLength(1);
  },
  120_000,
);

test.each([
  ['put back', 'backup'],
  ['exchanged for an empty one', 'another'],
] as const)(
  'a database that is %s under a running system is noticed at once, and no list tells of what it has lost',
  async (_, what) => {
    const { server, system, backup } = await systemOverServer();
    const restored = await putBack(server, what === 'another' ? what : backup);
    // A position of the lost part is not a position of this log.
    const { body } = await ask(system.url, '/v1/overview');
    if (body.code !== 'read_model_of_another_log') expect(body.customersByStage).toBeUndefined();
    // A connection that breaks may leave events stored, so what the log holds is what counts.
    await publish(system.url, 25, 60, { mayBreak: true });
    const moments = restored.log.records.filter(({ type }) => type === 'touchstone.moment.recorded.v1');
    expect(moments).toHaveLength(what === 'another' ? 35 : 60);
    const found = await figures(system.url);
    await system.stop();
    expect(found).toEqual(await referenceOver(server));
  },
  300_000,
);

test.each([
  ['put back and is shorter', 'backup', 0],
  ['put back and has grown past its old end', 'backup', 60],
  ['exchanged for one that is all but empty', 'another', 1],
  ['exchanged for another', 'another', 60],
] as const)(
  'a database that was %s while the system was stopped answers as if nothing else had been',
  async (_, what, events) => {
    const { server, system, data, backup } = await systemOverServer();
    await system.stop();
    await putBack(server, what === 'another' ? what : backup);
    const store = await openEventStore(server.url);
    if (events > 0) await store.append(logEvents(100, 100 + events));
    await store.close();
    const again = await started(data, { EVENT_STORE_URL: server.url });
    const found = await figures(again.url);
    await again.stop();
    expect(found).toEqual(await referenceOver(server));
  },
  300_000,
);

/** Has shown forty events; `backup` is as many records of the server as hold 25 of them. */
async function systemOverServer() {
  const server = await givenServer();
  const data = folderForTest();
  const system = await started(data, { EVENT_STORE_URL: server.url });
  await publish(system.url, 0, 25);
  await figures(system.url);
  const backup = server.log.records.length;
  await publish(system.url, 25, 40);
  await figures(system.url);
  return { server, system, data, backup };
}

/** The answers of a system that has never seen anything but what the server holds now. */
async function referenceOver(server: { readonly url: string }): Promise<Record<string, unknown>> {
  const fresh = await started(folderForTest(), { EVENT_STORE_URL: server.url });
  return figures(fresh.url).finally(fresh.stop);
}

test('definitions that wait go on waiting when the rows are lost, for what is in force is in the log', async () => {
  const data = copyOfSeen();
  const order = (title: string) => JSON.stringify({ type: 'order', title });
  const states = async (url: string) =>
    ((await ask(url, '/v1/definitions')).body.items as { version: number; state: string }[]).map(
      ({ version, state }) => `${version} ${state}`,
    );
  const put = async (url: string, body: string) => {
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${url}/v1/definitions/order`, { method: 'PUT', headers, body })).status).toBe(200);
  };
  const system = await started(data);
  await put(system.url, order('waits'));
  expect(await states(system.url)).toEqual(['1 waiting']);
  await system.stop();
  rmSync(join(data, 'clickhouse'), { recursive: true });
  const again = await started(data);
  expect(await states(again.url)).toEqual(['1 waiting']);
  // In force after a rebuild, and still after the rows were lost again.
  await fetch(`${again.url}/v1/rebuild`, { method: 'POST' });
  await expect.poll(async () => (await ask(again.url, '/v1/rebuild')).body.state, { timeout: 60_000 }).toBe('done');
  await put(again.url, order('waits too'));
  await again.stop();
  rmSync(join(data, 'clickhouse'), { recursive: true });
  const last = await started(data);
  expect(await states(last.url)).toEqual(['2 waiting', '1 in-force']);
  await last.stop();
}, 300_000);

test('a ClickHouse server with the rows of another log is refused, with both names, unless it is told which log is no more', async () => {
  const server = await startClickHouseServer();
  onTestFinished(() => server.stop());
  const [one, other] = [folderForTest(), folderForTest()];
  await written(join(one, 'events.db'), (store) => store.append(logEvents(0, 20)));
  const ofOne = await started(one, { CLICKHOUSE_URL: server.url });
  await figures(ofOne.url);
  const name = await ofOne.store.identity();
  await ofOne.stop();

  await written(join(other, 'events.db'), (store) => store.append(logEvents(50, 60)));
  const refused = await started(other, { CLICKHOUSE_URL: server.url }).catch((error: Error) => error.message);
  expect(refused).toContain(`ADOPT_READ_MODEL_OF=${name}`);
  const adopting = await started(other, { CLICKHOUSE_URL: server.url, ADOPT_READ_MODEL_OF: name });
  expect(refused).toContain(await adopting.store.identity());
  const found = await figures(adopting.url);
  await adopting.stop();
  expect(found).toEqual(await reference(other));
}, 300_000);
