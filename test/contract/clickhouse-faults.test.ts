import { openClickHouse, openReadModels, type ReadModels } from '@touchstone/read-models';
import { dump, madeUpBatch } from '@touchstone/read-models/testing';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { FAILS_BEHIND_ROWS, type FaultKind } from '../clickhouse-server/faults.ts';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { errorOf, givenReadModels } from './clickhouse-read-models.ts';

/**
 * The read model over ClickHouse's HTTP interface through the real client: faults that occur only
 * there are overcome.
 */

const END = 120n;
/**
 * A short timeout, so that a server that never answers costs a test little; an insert takes less
 * even on a busy machine. A writer whose batch must succeed has the usual one.
 */
const IMPATIENT = '?request_timeout=3000';

let server: ClickHouseServer;
let readModels: ReadModels;
let undisturbed: Record<string, unknown[]>;

beforeAll(async () => {
  server = await startClickHouseServer();
  readModels = await openReadModels(server.url);
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, END));
  undisturbed = await dump(readModels.clickhouse, number);
});
afterEach(() => server.mend());
afterAll(async () => {
  await readModels?.close();
  await server?.stop();
});

const another = (url = server.url + IMPATIENT) => givenReadModels(url);

test('a server that is frozen, refuses, has no memory or stands behind a broken proxy is unavailable, within our own time', async () => {
  const { clickhouse } = await another();
  const ask = () => errorOf(clickhouse.query('SELECT 42 AS answer', {}, z.unknown()));
  for (const kind of ['never answered', 'refused', 'out of memory', 'bad gateway', 'answer cut'] as const) {
    await server.fail(kind, 'SELECT 42');
    expect(await ask(), kind).toMatchObject({ code: 'unavailable' });
    expect(await clickhouse.query('SELECT 42 AS answer', {}, z.unknown()), `after ${kind}`).toEqual([{ answer: 42 }]);
  }
  server.freeze();
  expect(await ask()).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/timeout/i) });
  server.thaw();
  expect(await clickhouse.query('SELECT 42 AS answer', {}, z.unknown())).toEqual([{ answer: 42 }]);
});

test('who leaves a server gives up what it was asked, and a question beyond its limits is told from a server in need', async () => {
  const limited = await openClickHouse(server.url, { timeMaxMs: 1000, memoryMaxBytes: null });
  onTestFinished(() => limited.close());
  const leaving = new AbortController();
  const asking = limited.forAsker({ name: 'anna', signal: leaving.signal });
  const held = await server.fail('held', 'SELECT 43');
  const left = errorOf(asking.query('SELECT 43 AS answer', {}, z.unknown()));
  await held.hit();
  leaving.abort();
  expect(await left).toMatchObject({ name: 'NoTurn', reason: 'left' });
  await held.release();
  const staying = limited.forAsker({ name: 'ben', signal: new AbortController().signal });
  const endless = 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)';
  expect(await errorOf(staying.query(endless, {}, z.unknown()))).toMatchObject({ code: 'too-costly' });
  await server.fail('out of memory', 'SELECT 44');
  expect(await errorOf(staying.query('SELECT 44 AS answer', {}, z.unknown()))).toMatchObject({ code: 'unavailable' });
});

test('an error in the middle of an answer is an error, never a short answer', async () => {
  const failing = readModels.clickhouse.query(FAILS_BEHIND_ROWS, {}, z.unknown());
  expect(await errorOf(failing)).toMatchObject({ message: expect.stringContaining('behind rows') });
  // Without waiting for the end, the server has sent rows by now and reports the error after them.
  const streaming = await openClickHouse(`${server.url}?clickhouse_setting_wait_end_of_query=0`);
  onTestFinished(() => streaming.close());
  expect(await errorOf(streaming.query(FAILS_BEHIND_ROWS, {}, z.unknown()))).toMatchObject({
    message: expect.stringContaining('behind rows'),
  });
  expect(await errorOf(readModels.clickhouse.query('SELECT nothing FROM nowhere', {}, z.unknown()))).toMatchObject({
    code: 'query',
  });
});

const TABLES = ['moments', 'journeys', 'parked', 'checkpoints'];
const FAULTS: FaultKind[] = [
  'refused',
  'never answered',
  'executed, never answered',
  'executed, then cut',
  'out of memory',
  'bad gateway',
];

test.each(FAULTS)(
  'an insert that is %s fails its batch, and the redo, in other batches, gives the same tables',
  async (kind) => {
    const [impatient, patient] = [await another(), await another(server.url)];
    const { number } = await readModels.createGeneration('{}');
    for (const table of TABLES) {
      const { position } = await patient.resume(number);
      await impatient.resume(number);
      await server.fail(kind, `INSERT INTO touchstone_${number}.${table} `);
      const failed = await errorOf(impatient.writeBatch(number, madeUpBatch(position, position + 25n)));
      expect(failed, table).toMatchObject({ code: 'unavailable' });
      // A written checkpoint counts although its answer was lost.
      const found = (await patient.resume(number)).position;
      expect([position, position + 25n]).toContain(found);
      await patient.writeBatch(number, madeUpBatch(found, found + 3n));
    }
    const { position } = await patient.resume(number);
    await patient.writeBatch(number, madeUpBatch(position, END));
    expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  },
);

test.each(['moments', 'journeys', 'checkpoints'])(
  'an insert into %s that a server gets only after the redo changes nothing',
  async (table) => {
    const { number } = await readModels.createGeneration('{}');
    const before = await another(server.url);
    await before.writeBatch(number, madeUpBatch(0n, 20n));
    const killed = await another();
    await killed.resume(number);
    const late = await server.fail('held', `INSERT INTO touchstone_${number}.${table} `);
    const writing = errorOf(killed.writeBatch(number, madeUpBatch(20n, 80n)));
    await late.hit();
    expect(await writing).toMatchObject({ code: 'unavailable' });

    const restarted = await another(server.url);
    const { position } = await restarted.resume(number);
    await restarted.writeBatch(number, madeUpBatch(position, 45n));
    const [refused] = await late.release();
    if (table !== 'journeys') expect(refused).toContain('another writer has taken this generation over');
    else expect(refused).toBeNull();
    // Kills the writer here; the next one finds every late insert.
    const next = await another(server.url);
    const from = (await next.resume(number)).position;
    await next.writeBatch(number, madeUpBatch(from, END));
    expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  },
);

test('an insert that a server is still busy with when its writer has given up is waited for before anybody looks', async () => {
  const { number } = await readModels.createGeneration('{}');
  // The slow insert takes 2.4 s.
  const killed = await another(`${server.url}?request_timeout=1200`);
  const slow = await server.fail('slow', `INSERT INTO touchstone_${number}.moments `);
  const writing = errorOf(killed.writeBatch(number, madeUpBatch(0n, 80n)));
  await slow.hit();
  expect(await writing).toMatchObject({ code: 'unavailable' });
  const restarted = await another(server.url);
  expect(await restarted.resume(number)).toMatchObject({ position: 0n });
  await restarted.writeBatch(number, madeUpBatch(0n, 45n));
  await restarted.writeBatch(number, madeUpBatch(45n, END));
  expect(await slow.executed()).toEqual([null]);
  expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
});

test('of two writers the later one is in force; the earlier learns it at its next batch and can take over again', async () => {
  const { number } = await readModels.createGeneration('{}');
  const [one, two] = [await another(server.url), await another(server.url)];
  await one.writeBatch(number, madeUpBatch(0n, 20n));
  await two.resume(number);
  expect(await errorOf(one.writeBatch(number, madeUpBatch(20n, 50n)))).toMatchObject({ code: 'fenced' });
  await two.writeBatch(number, madeUpBatch(20n, 70n));
  expect(await one.resume(number)).toMatchObject({ position: 70n });
  await one.writeBatch(number, madeUpBatch(70n, END));
  expect(await errorOf(two.writeBatch(number, madeUpBatch(70n, END)))).toMatchObject({ code: 'fenced' });
  expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
});

test('a server killed in the middle of writing, again and again, ends with the tables of an undisturbed run', async () => {
  const own = await startClickHouseServer();
  onTestFinished(() => own.stop());
  const writer = await another(own.url + IMPATIENT);
  const { number } = await writer.createGeneration('{}');
  for (const table of TABLES) {
    // The kill comes while one table's insert is at the server and the others' are anywhere.
    const fault = await own.fail('never answered', `INSERT INTO touchstone_${number}.${table} `);
    const hit = fault.hit().then(() => 'hit');
    let writing: Promise<unknown>;
    do {
      const { position } = await writer.resume(number);
      writing = errorOf(writer.writeBatch(number, madeUpBatch(position, position + 25n)));
      // On a busy machine an earlier insert may time out, and the writer sends everything again.
    } while ((await Promise.race([hit, writing])) !== 'hit');
    await own.kill();
    await writing;
    await own.restart();
  }
  const last = await another(own.url);
  const { position } = await last.resume(number);
  await last.writeBatch(number, madeUpBatch(position, END));
  expect(await dump(last.clickhouse, number)).toEqual(undisturbed);
  expect(await last.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
});
