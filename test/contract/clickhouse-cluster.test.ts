import { openReadModels, projectedCounts, type ReadModelError, type ReadModels } from '@touchstone/read-models';
import { dump, madeUpBatch } from '@touchstone/read-models/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ClusterRules } from '../clickhouse-server/cluster.ts';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { errorOf, givenReadModels } from './clickhouse-read-models.ts';

/**
 * The read model on a cluster, as configured by `?cluster=`. The test server is one replica and
 * refuses any statement that would act on one replica alone, without replication, or without
 * waiting for the others; that the other replicas obey is ClickHouse's part.
 */

const RULES: ClusterRules = { name: 'shop', shards: 1, replicas: 3, macros: { shard: '01', replica: 'r1' } };
const END = 120n;

let server: ClickHouseServer;
let readModels: ReadModels;
let undisturbed: Record<string, unknown[]>;

beforeAll(async () => {
  const plain = await startClickHouseServer();
  const alone = await openReadModels(plain.url);
  const { number } = await alone.createGeneration('{}');
  await alone.writeBatch(number, madeUpBatch(0n, END));
  undisturbed = await dump(alone.clickhouse, number);
  await alone.close();
  await plain.stop();
  server = await startClickHouseServer(RULES);
  readModels = await openReadModels(`${server.url}?cluster=shop`);
});
afterAll(async () => {
  await readModels?.close();
  await server?.stop();
});

const another = (more = '') => givenReadModels(`${server.url}?cluster=shop${more}`);

async function refusal(rules: Partial<ClusterRules>, cluster = 'shop'): Promise<ReadModelError> {
  const other = await startClickHouseServer({ ...RULES, ...rules });
  onTestFinished(() => other.stop());
  return errorOf(openReadModels(`${other.url}?cluster=${cluster}`));
}

/** The statements sent to all replicas while `work` runs. */
async function toldBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = server.told.length;
  await work();
  return server.told.slice(before);
}

test('a generation is made, written, switched to and dropped on every replica, and its rows are those of a server alone', async () => {
  let number = 0;
  const made = await toldBy(async () => {
    ({ number } = await readModels.createGeneration('{}'));
  });
  expect(made[0]).toBe("CREATE DATABASE IF NOT EXISTS {database:Identifier} ON CLUSTER 'shop'");
  const replicated = made.slice(1).filter((sql) => / ON CLUSTER 'shop' .* ENGINE = Replicated/.test(sql));
  const changed = made.slice(1).filter((sql) => /^ALTER TABLE \S+ ON CLUSTER 'shop' /.test(sql));
  expect(replicated.length + changed.length).toBe(made.length - 1);
  expect(replicated.length).toBeGreaterThanOrEqual(9);
  await readModels.writeBatch(number, madeUpBatch(0n, 70n));
  await readModels.switchTo(number);
  await readModels.writeBatch(number, madeUpBatch(70n, END));
  expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  expect(await readModels.currentGeneration()).toMatchObject({ number, isInForce: true });

  const { number: second } = await readModels.createGeneration('{}');
  const dropped = await toldBy(() => readModels.dropGeneration(second));
  expect(dropped).toEqual(["DROP DATABASE IF EXISTS {database:Identifier} ON CLUSTER 'shop' SYNC"]);
});

test('whoever takes the writing over waits until every replica has the claim, and then what was written', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 20n));
  const next = await another();
  const told = await toldBy(() => next.resume(number));
  const sync = (table: string) => `SYSTEM SYNC REPLICA ON CLUSTER 'shop' touchstone_${number}.${table} LIGHTWEIGHT`;
  expect(told).toEqual([sync('writers'), sync('writers'), sync('moments'), sync('checkpoints')]);
  await next.writeBatch(number, madeUpBatch(20n, 50n));
  expect(await errorOf(readModels.writeBatch(number, madeUpBatch(20n, 60n)))).toMatchObject({ code: 'fenced' });
  expect(await readModels.resume(number)).toMatchObject({ position: 50n });
});

test.each(['moments', 'checkpoints', 'writers'])(
  'while a replica is missing, an insert into %s fails its batch, and the redo gives the same tables',
  async (table) => {
    const { number } = await readModels.createGeneration('{}');
    const writer = await another();
    await writer.writeBatch(number, madeUpBatch(0n, 20n));
    // The row is written here and perhaps nowhere else, as when a server stops waiting for the
    // others.
    await server.fail('executed, then cut', `INSERT INTO touchstone_${number}.${table} `);
    if (table === 'writers') expect(await errorOf(writer.resume(number))).toMatchObject({ code: 'unavailable' });
    else expect(await errorOf(writer.writeBatch(number, madeUpBatch(20n, 45n)))).toMatchObject({ code: 'unavailable' });
    const { position } = await writer.resume(number);
    await writer.writeBatch(number, madeUpBatch(position, 90n));
    await writer.writeBatch(number, madeUpBatch(90n, END));
    expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
  },
);

test('a replica that does not answer holds up a takeover with a clear error, and nothing is lost', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 20n));
  const impatient = await another('&request_timeout=2000');
  for (const matching of ['SYSTEM SYNC REPLICA', "clusterAllReplicas('shop', system.processes)"]) {
    await server.fail('never answered', matching);
    expect(await errorOf(impatient.resume(number)), matching).toMatchObject({ code: 'unavailable' });
  }
  expect(await (await another()).resume(number)).toMatchObject({ position: 20n });
});

test('what is opened again finds its generations, tells the replicas nothing new, and goes on', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 30n));
  let opened: ReadModels | undefined;
  const told = await toldBy(async () => {
    opened = await another();
  });
  expect(told).toEqual([]);
  expect(await projectedCounts(opened!.clickhouse, number)).toMatchObject({ position: 30n });
});

test('a cluster that does not fit is refused, with what to do', async () => {
  expect(await refusal({}, 'shoes')).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/no cluster shoes \(it knows: .*shop.*\).*remote_servers/),
  });
  expect(await refusal({ shards: 2 })).toMatchObject({ code: 'invalid', message: expect.stringContaining('2 shards') });
  expect(await refusal({ macros: { shard: '01' } })).toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('no macro replica'),
  });
});

test('tables of a cluster are not opened without it, nor those of one server with it', async () => {
  expect(await errorOf(openReadModels(server.url))).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/touchstone\.\w+ .* is replicated: put cluster=/),
  });
  const grown = await startClickHouseServer();
  onTestFinished(() => grown.stop());
  await (await openReadModels(grown.url)).close();
  await grown.kill();
  await grown.restart(RULES);
  expect(await errorOf(openReadModels(`${grown.url}?cluster=shop`))).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/touchstone\.\w+ .* was made without a cluster .*rebuilt from the log/),
  });
});
