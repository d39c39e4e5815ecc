import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createKey } from '@touchstone/runtime';
import type { Running } from '@touchstone/touchstone';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { request, startSystem } from '../crash/system-process.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { ask, figures, folderForTest, publish, restartedWith, started, withChangedEvent } from './put-back-systems.ts';

const describeWithKafka = await describeWith('kafka');

const expectReady = (url: string, status: 200 | 503) =>
  expect.poll(async () => (await ask(url, '/readyz')).status, { timeout: 30_000 }).toBe(status);

/** Polls, because the server may still be restarting. */
const expectParked = (url: string, customerId: string) =>
  expect
    .poll(async () => (await ask(url, `/v1/customers/${customerId}`)).body, { timeout: 30_000 })
    .toMatchObject({ parkedEvents: 1 });

/**
 * Several processes share servers: a fault that one of them finds in the rows is mended by one of
 * them, once.
 */
describeWithKafka('a process that publishes and projects, and two that answer', () => {
  let broker: Broker;
  let eventStore: EventStoreDbServer;
  let clickhouse: ClickHouseServer;
  let readModels: ReadModels;
  let projecting: Running;
  let answering: readonly Running[];
  let servers: Record<string, string>;

  beforeAll(async () => {
    [broker, eventStore, clickhouse] = await Promise.all([
      startBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    readModels = await openReadModels(clickhouse.url);
    servers = {
      EVENT_STORE_URL: eventStore.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=3`,
    };
    const start = (ROLES: string) => started('unused', { ...servers, ROLES });
    projecting = await start('ingest,relay,projector,clock');
    answering = [await start('query'), await start('query')];
  }, 180_000);
  afterAll(async () => {
    for (const process of [...(answering ?? []), projecting]) await process?.stop();
    await readModels?.close();
    await Promise.all([broker?.stop(), eventStore?.stop(), clickhouse?.stop()]);
  });

  const filled = async () => (await readModels.listGenerations()).map(({ number }) => number);

  /** Requires each process to answer like a system that has only ever seen this log. */
  async function expectAsAnew(): Promise<void> {
    const fresh = await started(folderForTest(), { EVENT_STORE_URL: eventStore.url });
    const expected = await figures(fresh.url).finally(fresh.stop);
    for (const { url } of answering) expect(await figures(url)).toEqual(expected);
  }

  const damage = async (eventId: string) => {
    eventStore = await restartedWith(eventStore, withChangedEvent(eventStore.log.records, eventId));
  };

  test('a link for a customer that one process made is opened by another, under a path too, and tells nothing anywhere once it is revoked', async () => {
    const reader = createKey({ name: 'reader', scopes: ['read', 'publish'] });
    const folder = folderForTest();
    const fileWith = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const environment = {
      ...{ ...servers, ROLES: 'query', BASE_PATH: '/touchstone' },
      TOUCHSTONE_KEYS: fileWith('keys.json', JSON.stringify([reader.entry])),
      SHARE_SECRET_FILE: fileWith('share.secret', 'one secret for all of these processes'),
    };
    const sharing = await Promise.all([0, 1].map(() => startSystem('unused', environment)));
    onTestFinished(() => Promise.all(sharing.map((process) => process.stop())).then(() => undefined));
    const [making, other] = sharing.map(({ url }) => `${url}/touchstone`) as [string, string];

    const event = momentEvent(1_000, 'mia');
    const moment = { ...event, data: { ...event.data, journeyId: 'order-17', journeyType: 'order' } };
    await request(`${projecting.url}/v1/events`, moment, { 'content-type': 'application/cloudevents+json' });
    const authorization = `Bearer ${reader.secret}`;
    const { id, path } = await request<{ id: string; path: string }>(
      `${making}/v1/journeys/order-17/share`,
      { customerId: 'mia', expiresIn: 'P1D' },
      { authorization },
    );
    const open = async (address: string) => {
      const answer = await fetch(address);
      return { status: answer.status, page: await answer.text() };
    };
    const addresses = sharing.flatMap(({ url }) => [`${url}/${path}`, `${url}/touchstone/${path}`]);
    for (const address of addresses) expect((await open(address)).status, address).toBe(200);

    const revoked = await fetch(`${other}/v1/shares/${id}`, { method: 'DELETE', headers: { authorization } });
    expect(revoked.status).toBe(200);
    const unknown = await open(`${making}/shared/nothing`);
    expect(unknown.status).toBe(404);
    for (const address of addresses) expect(await open(address), address).toEqual(unknown);
  }, 120_000);

  test('a log that is put back under them is followed: one fills the rows anew, and what was lost is listed', async () => {
    for (const { url } of answering) await expectReady(url, 200);
    await publish(projecting.url, 0, 25);
    await figures(answering[0]!.url);
    const backup = eventStore.log.records.length;
    await publish(projecting.url, 25, 40);
    await figures(answering[1]!.url);
    const before = await filled();
    eventStore = await restartedWith(eventStore, eventStore.log.records.slice(0, backup));
    await publish(projecting.url, 50, 70, { mayBreak: true });
    await expectAsAnew();
    const after = await filled();
    expect(after.filter((number) => !before.includes(number))).toHaveLength(1);
    const lost = await ask(answering[0]!.url, '/v1/lost-history');
    expect(lost.body.items).toMatchObject([{ events: 15 }]);
  }, 240_000);

  test('an event that turns out to be damaged after its rows were made has one of them fill others, without it', async () => {
    const before = await filled();
    await damage('e-51');
    // A query for the customer finds it.
    await expectParked(answering[0]!.url, 'c-5');
    await expect.poll(() => readModels.listDistrusts(), { timeout: 30_000 }).toHaveLength(1);
    await expect
      .poll(async () => (await ask(answering[1]!.url, '/v1/position')).body.parked, { timeout: 60_000 })
      .toBe(1);
    await expectAsAnew();
    expect((await filled()).filter((number) => !before.includes(number))).toHaveLength(1);
  }, 240_000);

  test('rows that do not hold again so soon are withheld until somebody rebuilds; a process that serves nothing else is not ready, one that publishes is', async () => {
    await damage('e-52');
    await expectParked(answering[1]!.url, 'c-6');
    for (const { url } of answering) {
      const list = () => ask(url, '/v1/overview');
      await expect
        .poll(async () => String((await list()).body.detail), { timeout: 30_000 })
        .toContain('not filled anew by itself');
      expect(await list()).toMatchObject({ status: 503, body: { code: 'read_model_damaged' } });
      await expectReady(url, 503);
      expect((await ask(url, '/readyz')).body.errors).toMatchObject([
        { path: 'lists', message: expect.stringContaining('damaged') },
      ]);
      expect((await ask(url, '/v1/customers/c-7')).status).toBe(200);
    }
    expect((await ask(projecting.url, '/readyz')).status).toBe(200);
    expect((await fetch(`${answering[0]!.url}/v1/rebuild`, { method: 'POST' })).status).toBe(202);
    await expectAsAnew();
    for (const { url } of answering) await expectReady(url, 200);
  }, 240_000);
});
