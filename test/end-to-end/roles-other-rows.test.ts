import { openReadModels, type ReadModels } from '@touchstone/read-models';
import type { Running } from '@touchstone/touchstone';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { ask, figures, folderForTest, publish, started } from './put-back-systems.ts';

const describeWithKafka = await describeWith('kafka');

/** Long, because a busy machine may take minutes where an idle one takes seconds. */
const PATIENCE_MS = 150_000;
const WORKING = 'ingest,relay,projector,clock';

/**
 * One process publishes and projects, another answers, over rows in ClickHouse that are damaged or
 * belong to another log.
 */
describeWithKafka('rows that several processes share', () => {
  let broker: Broker;
  let eventStore: EventStoreDbServer;
  let another: EventStoreDbServer;
  let clickhouse: ClickHouseServer;
  let readModels: ReadModels;
  const running: Running[] = [];
  /** Lists of the first server's log, before anything is damaged. */
  let expected: Record<string, unknown>;

  beforeAll(async () => {
    [broker, eventStore, another, clickhouse] = await Promise.all([
      startBroker(),
      startEventStoreDbServer(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    readModels = await openReadModels(clickhouse.url);
  }, 180_000);
  afterAll(async () => {
    await stopAll();
    await readModels?.close();
    await Promise.all([broker?.stop(), eventStore?.stop(), another?.stop(), clickhouse?.stop()]);
  });

  const start = async (server: EventStoreDbServer, ROLES: string, environment: Record<string, string> = {}) => {
    const process = await started('unused', {
      EVENT_STORE_URL: server.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=3`,
      AUDIT: '50%',
      ROLES,
      ...environment,
    });
    running.push(process);
    return process;
  };
  /** Starts a process that answers, and resolves to its URL once there are rows. */
  const startAnswering = async (server: EventStoreDbServer, environment?: Record<string, string>) => {
    const { url } = await start(server, 'query', environment);
    const status = async () => (await ask(url, '/readyz')).status;
    await expect.poll(status, { timeout: PATIENCE_MS }).toBe(200);
    return url;
  };
  const stopAll = async () => {
    for (const process of running.splice(0).reverse()) await process.stop();
  };
  const inForce = async () => (await readModels.currentGeneration())!.number;
  const command = async (sql: string) =>
    readModels.clickhouse.command(`ALTER TABLE touchstone_${await inForce()}.${sql} SETTINGS mutations_sync = 1`);

  /** The lists alone, since a fact of the audit moves the position. */
  async function shown(url: string): Promise<Record<string, unknown>> {
    const { '/v1/position': _position, ...lists } = await figures(url);
    return lists;
  }

  /** Resolves to the status; an overview that is shown must be the expected one. */
  async function overview(url: string): Promise<number> {
    const { status, body } = await ask(url, '/v1/overview');
    if (status === 200) expect(body).toEqual(expected['/v1/overview']);
    return status;
  }

  test('a row that was changed is found by the audit of the process that answers, and written again by the one that projects', async () => {
    const working = await start(eventStore, WORKING);
    const url = await startAnswering(eventStore);
    await publish(working.url, 0, 40);
    expected = await shown(url);
    await command(`customers UPDATE purchases = purchases + 100 WHERE customer_id = 'c-7'`);
    const differences = async () =>
      Number(/^touchstone_audit_differences (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
    await expect.poll(differences, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
    await expect
      .poll(async () => (await figures(url))['/v1/customers?limit=500&sort=id'], { timeout: PATIENCE_MS })
      .toEqual(expected['/v1/customers?limit=500&sort=id']);
    expect(await readModels.listDistrusts()).toEqual([]);
  }, 400_000);

  test('rows that a table has lost are shown by no process that starts, and one process fills new ones', async () => {
    await stopAll();
    const before = await inForce();
    await command('moments DELETE WHERE position % 3 = 0');
    const { url } = await start(eventStore, 'query', { AUDIT: 'off' });
    await start(eventStore, WORKING);
    await expect.poll(() => overview(url), { timeout: PATIENCE_MS }).toBe(200);
    expect(await inForce()).not.toBe(before);
    expect(await readModels.listDistrusts()).toMatchObject([
      { generation: before, reason: expect.stringMatching(/^moments has \d+ rows/) },
    ]);
    expect(await shown(url)).toEqual(expected);
  }, 400_000);

  test('rows that a server has lost when it comes back are withheld by running processes; a second time within an hour until an operator rebuilds', async () => {
    const answering = running[0]!;
    // No audit finds it before.
    await command(`customers DELETE WHERE customer_id = 'c-3'`);
    await clickhouse.kill();
    await clickhouse.restart();
    await expect
      .poll(async () => String((await ask(answering.url, '/v1/overview')).body.detail), { timeout: PATIENCE_MS })
      .toMatch(/customers.* has .*not filled anew by itself/);
    expect((await fetch(`${answering.url}/v1/rebuild`, { method: 'POST' })).status).toBe(202);
    expect(await shown(answering.url)).toEqual(expected);
  }, 400_000);

  test('processes of another log are refused with both names, whatever their roles, and touch nothing; told to adopt the rows, they fill them from theirs', async () => {
    const [{ store, url }] = running as [Running];
    const log = await store.identity();
    const generation = await inForce();
    const alone = await started(folderForTest(), { EVENT_STORE_URL: another.url });
    await publish(alone.url, 100, 130);
    const name = await alone.store.identity();
    const ofAnother = await shown(alone.url).finally(alone.stop);
    for (const roles of [WORKING, 'query']) {
      const refused = await start(another, roles).catch((error: Error) => error.message);
      expect(refused, roles).toMatch(
        new RegExp(`is of the log ${log},.* the log ${name}\\..*ADOPT_READ_MODEL_OF=${log}`),
      );
    }
    expect(await shown(url)).toEqual(expected);
    expect(await inForce()).toBe(generation);

    await stopAll();
    const adopting = { ADOPT_READ_MODEL_OF: log };
    await start(another, WORKING, adopting);
    const answering = await start(another, 'query', adopting);
    expect(await shown(answering.url)).toEqual(ofAnother);
    expect((await readModels.currentGeneration())!.log).toBe(name);
  }, 400_000);
});
