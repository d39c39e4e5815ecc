import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  failureRates,
  listCustomers,
  listJourneys,
  listParked,
  listTrustChanges,
  openClickHouse,
  openReadModels,
  overview,
  projectedCounts,
  type ReadModelError,
  type ReadModels,
  tableSizes,
} from '@touchstone/read-models';
import { batch, dump, madeUpBatch, momentRow, T0 } from '@touchstone/read-models/testing';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { FAILS_BEHIND_ROWS, type FaultKind } from '../clickhouse-server/faults.ts';
import { type ClickHouseServer, PASSWORD, startClickHouseServer } from '../clickhouse-server/server.ts';

/** The read model over ClickHouse's HTTP interface, through the real client: what it promises embedded holds here, and what can only happen here is overcome. */

const END = 120n;
/** Impatient, so that a server that never answers costs a test little. */
const IMPATIENT = '?request_timeout=800';

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

async function another(url = server.url + IMPATIENT): Promise<ReadModels> {
  const opened = await openReadModels(url);
  onTestFinished(() => opened.close());
  return opened;
}

async function errorOf(promise: Promise<unknown>): Promise<ReadModelError> {
  return promise.then(
    () => expect.unreachable('it went well'),
    (error: ReadModelError) => error,
  );
}

async function answersOf({ clickhouse }: ReadModels, generation: number) {
  const span = { from: T0, to: T0 + 86_400_000 };
  return {
    tables: await dump(clickhouse, generation),
    rates: await failureRates(clickhouse, generation, {
      ...span,
      by: ['touchpoint', 'attribute.colour'],
      bucket: '1h',
    }),
    journeys: await listJourneys(clickhouse, generation, { sort: '-score', limit: 3 }),
    customers: await listCustomers(clickhouse, generation, { sort: 'id', now: T0, purchaseDays: 365 }),
    trust: await listTrustChanges(clickhouse, generation, {}),
    parked: await listParked(clickhouse, generation, {}),
    overview: await overview(clickhouse, generation, {}),
    counts: await projectedCounts(clickhouse, generation),
    tablesWithRows: (await tableSizes(clickhouse, generation)).map(({ table }) => table),
  };
}

test('a server has the same tables and gives the same answers as the embedded engine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
  const embedded = await openReadModels(`chdb:${folder}`);
  onTestFinished(async () => {
    await embedded.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const answers = [];
  for (const one of [embedded, readModels]) {
    const { number } = await one.createGeneration('{}');
    await one.writeBatch(number, madeUpBatch(0n, 40n));
    await one.writeBatch(number, madeUpBatch(40n, END));
    expect(await one.verify(number)).toEqual({ isWhole: true, faults: [] });
    answers.push(await answersOf(one, number));
  }
  expect(answers[1]).toEqual(answers[0]);
});

test('generations, what they are measured by and the switch survive a kill of the server', async () => {
  const own = await startClickHouseServer();
  onTestFinished(() => own.stop());
  const measures = JSON.stringify({ policy: "it's\t1\n" });
  const first = await another(own.url);
  await first.createGeneration(measures);
  await first.switchTo(1);
  await first.writeBatch(1, madeUpBatch(0n, 30n));
  await own.kill();
  expect(await errorOf(first.currentGeneration())).toMatchObject({ code: 'unavailable' });
  await own.restart();
  expect(await first.currentGeneration()).toMatchObject({ number: 1, measures, isInForce: true });
  const second = await another(own.url);
  expect(await second.resume(1)).toMatchObject({ position: 30n });
  await second.createGeneration('{}');
  await second.switchTo(2);
  await second.dropGeneration(1);
  expect((await second.listGenerations()).map(({ number }) => number)).toEqual([2]);
});

const NASTY = [
  "it's",
  'back\\slash',
  'tab\tnewline\n',
  "'; DROP TABLE x; --",
  '\\N',
  '',
  '{a:String}',
  'é😀',
  '\0',
  '&b=%20+',
];

test('parameters and rows reach a server as they are, whatever they contain', async () => {
  const { clickhouse } = readModels;
  const row = z.object({ value: z.string() });
  const echo = NASTY.map((value) => clickhouse.query('SELECT {value:String} AS value', { value }, row));
  expect((await Promise.all(echo)).map(([answer]) => answer!.value)).toEqual(NASTY);

  const { number } = await readModels.createGeneration('{}');
  const numbers = [0.1 + 0.2, 5e-324, Number.MAX_VALUE, -1 / 3, 0, 2 ** 53 + 2, 1e-7, null, 1, 2];
  const moments = NASTY.map((text, i) =>
    momentRow({
      position: 2n ** 64n - 100n + BigInt(i),
      eventId: text,
      journeyId: `j${i}`,
      score: numbers[i] ?? null,
      attributes: { [text]: text },
    }),
  );
  await readModels.writeBatch(number, batch(0n, 2n ** 64n - 1n, { moments }));
  const read = await clickhouse.query(
    `SELECT toString(position) AS position, event_id AS eventId, score, mapValues(attributes) AS texts FROM touchstone_${number}.moments ORDER BY moments.position`,
    {},
    z.unknown(),
  );
  const sent = moments.map(({ position, eventId, score }) => ({
    position: `${position}`,
    eventId,
    score,
    texts: [eventId],
  }));
  expect(read).toEqual(sent);
});

test('a block of many rows is one part on a server too', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.clickhouse.command(`SYSTEM STOP MERGES touchstone_${number}.moments`);
  const moments = Array.from({ length: 150_000 }, (_, i) => momentRow({ position: BigInt(i + 1), eventId: `e${i}` }));
  await readModels.writeBatch(number, batch(0n, 150_000n, { moments }));
  const [sizes] = (await tableSizes(readModels.clickhouse, number)).filter(({ table }) => table === 'moments');
  expect(sizes).toMatchObject({ rows: 150_000, parts: 1 });
});

test('a wrong password is denied, in words, and is in no message', async () => {
  const error = await errorOf(openReadModels(`http://somebody:not-the-password@${server.address}`));
  expect(error).toMatchObject({ code: 'denied', message: expect.stringMatching(/somebody: Authentication failed/) });
  expect(error.message).not.toContain('not-the-password');
  expect(error.message).not.toContain(PASSWORD);
});

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

test('an error in the middle of an answer is an error, never a short answer', async () => {
  const failing = readModels.clickhouse.query(FAILS_BEHIND_ROWS, {}, z.unknown());
  expect(await errorOf(failing)).toMatchObject({ message: expect.stringContaining('behind rows') });
  // Asked not to wait for the end, the server has sent rows by then, and says what went wrong behind them.
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
    const impatient = await another();
    const { number } = await readModels.createGeneration('{}');
    let position = 0n;
    for (const table of TABLES) {
      await server.fail(kind, `INSERT INTO touchstone_${number}.${table} `);
      const failed = await errorOf(impatient.writeBatch(number, madeUpBatch(position, position + 25n)));
      expect(failed, table).toMatchObject({ code: 'unavailable' });
      // A checkpoint that was written counts, though its answer was lost.
      const found = (await impatient.resume(number)).position;
      expect([position, position + 25n]).toContain(found);
      position = found + 3n;
      await impatient.writeBatch(number, madeUpBatch(found, position));
    }
    await impatient.writeBatch(number, madeUpBatch(position, END));
    expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [] });
  },
);

test.each(['moments', 'journeys', 'checkpoints'])(
  'an insert into %s that a server gets only after the redo changes nothing',
  async (table) => {
    const { number } = await readModels.createGeneration('{}');
    const killed = await another();
    await killed.writeBatch(number, madeUpBatch(0n, 20n));
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
    // Killed here, the next one finds whatever was late.
    const next = await another(server.url);
    const from = (await next.resume(number)).position;
    await next.writeBatch(number, madeUpBatch(from, END));
    expect(await dump(readModels.clickhouse, number)).toEqual(undisturbed);
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [] });
  },
);

test('an insert that a server is still busy with when its writer has given up is waited for before anybody looks', async () => {
  const { number } = await readModels.createGeneration('{}');
  const killed = await another();
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
  const [one, two] = [await another(), await another()];
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
    // The kill comes with one table's insert at the server and the others' wherever they are.
    const fault = await own.fail('never answered', `INSERT INTO touchstone_${number}.${table} `);
    const hit = fault.hit().then(() => 'hit');
    let writing: Promise<unknown>;
    do {
      const { position } = await writer.resume(number);
      writing = errorOf(writer.writeBatch(number, madeUpBatch(position, position + 25n)));
      // A busy machine may let another insert before it take too long: then it is all sent again.
    } while ((await Promise.race([hit, writing])) !== 'hit');
    await own.kill();
    await writing;
    await own.restart();
  }
  const { position } = await writer.resume(number);
  await writer.writeBatch(number, madeUpBatch(position, END));
  expect(await dump(writer.clickhouse, number)).toEqual(undisturbed);
  expect(await writer.verify(number)).toEqual({ isWhole: true, faults: [] });
});
