import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportNames, exports } from '@touchstone/api';
import {
  type ClickHouse,
  exportRows,
  failureRates,
  listCustomers,
  listFeedbackComments,
  listJourneys,
  listParked,
  listTrustChanges,
  openReadModels,
  openSqlDoor,
  overview,
  projectedCounts,
  type ReadModels,
  type SqlDoor,
  tableSizes,
} from '@touchstone/read-models';
import {
  conformance,
  conformanceJourneys,
  durations,
  durationsJourneys,
  feedback,
  funnel,
  funnelJourneys,
  paths,
  pathsJourneys,
  variants,
} from '@touchstone/read-models/questions';
import { batch, dump, madeUpBatch, momentRow, T0 } from '@touchstone/read-models/testing';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { FAILS_BEHIND_ROWS } from '../clickhouse-server/faults.ts';
import { type ClickHouseServer, PASSWORD, startClickHouseServer } from '../clickhouse-server/server.ts';
import { errorOf, givenReadModels } from './clickhouse-read-models.ts';

/**
 * The read model over ClickHouse's HTTP interface through the real client keeps its promises of the
 * embedded mode.
 */

const END = 120n;

let server: ClickHouseServer;
let readModels: ReadModels;

beforeAll(async () => {
  server = await startClickHouseServer();
  readModels = await openReadModels(server.url);
});
afterAll(async () => {
  await readModels?.close();
  await server?.stop();
});

/** Every export in every format, as the texts of its bytes. */
async function exportsOf(clickhouse: ReadModels['clickhouse'], generation: number) {
  const files: Record<string, string> = {};
  const at = { now: T0, purchaseDays: 365 };
  for (const name of exportNames) {
    for (const format of Object.keys(exports[name].formats)) {
      const chunks: Uint8Array[] = [];
      const asker = { name: 'anna', signal: new AbortController().signal };
      const parts = exportRows(name, generation, {} as never, at, format as never);
      for await (const chunk of clickhouse.export(asker, parts)) chunks.push(chunk);
      files[`${name}.${format}`] = Buffer.concat(chunks).toString('latin1');
    }
  }
  return files;
}

/** Every question about many journeys, now and in the past. */
async function questionsTo(clickhouse: ClickHouse, generation: number) {
  const context = { clickhouse, generation, now: T0 + 86_400_000, definitions: new Map() };
  const steps = [{ touchpoint: 'order.placed' }, { touchpoint: "it's \\ so", attributes: { "o'": '\n' } }];
  const [from, to] = steps as [(typeof steps)[0], (typeof steps)[1]];
  const sequence = { activity: ['touchpoint', 'channel'] as const, collapse: true };
  const answers = [];
  for (const clocks of [{}, { asOf: T0 + 20 }]) {
    const funnelAsked = {
      where: {},
      steps,
      within: 1000,
      order: 'eventual' as const,
      exclude: [to],
      groupsMax: 2,
      ...clocks,
    };
    const conformanceAsked = {
      where: { type: 'order' },
      steps: ['order.placed'],
      allow: [],
      includeOpen: true,
      ...clocks,
    };
    answers.push(
      await funnel({ ...funnelAsked, breakdown: 'channel' }, context),
      await funnelJourneys({ ...funnelAsked, step: 1, state: 'reached' }, context),
      await paths({ where: { team: '' }, ...sequence, nodesMax: 1, ...clocks }, context),
      await pathsJourneys({ where: {}, ...sequence, nodesMax: 1, node: '(other)', ...clocks }, context),
      await variants({ where: {}, ...sequence, ...clocks }, context),
      await conformance(conformanceAsked, context),
      await conformanceJourneys({ ...conformanceAsked, conforming: true }, context),
      await durations({ where: {}, from, to, groupsMax: 2, edgesMs: [1], ...clocks }, context),
      await durationsJourneys({ where: {}, from, to, groupsMax: 2, state: 'open', ...clocks }, context),
    );
  }
  const calendar = { bucket: '1d', timeZone: 'Europe/Berlin', now: T0 } as const;
  return [
    ...answers,
    await feedback(clickhouse, generation, calendar),
    await listFeedbackComments(clickhouse, generation, {}),
  ];
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
    questions: await questionsTo(clickhouse, generation),
    journeys: await listJourneys(clickhouse, generation, { sort: '-score', limit: 3 }),
    customers: await listCustomers(clickhouse, generation, { sort: 'id', now: T0, purchaseDays: 365 }),
    trust: await listTrustChanges(clickhouse, generation, {}),
    parked: await listParked(clickhouse, generation, {}),
    overview: await overview(clickhouse, generation, {}),
    counts: await projectedCounts(clickhouse, generation),
    exports: await exportsOf(clickhouse, generation),
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
    expect(await one.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
    answers.push(await answersOf(one, number));
  }
  expect(answers[1]).toEqual(answers[0]);
});

test('an export that fails behind its first rows is an error, and never a shorter answer', async () => {
  const asker = { name: 'anna', signal: new AbortController().signal };
  const pieces = readModels.clickhouse.export(asker, [{ sql: FAILS_BEHIND_ROWS, params: {}, format: 'CSV' }]);
  let bytes = 0;
  const reading = (async () => {
    for await (const chunk of pieces) bytes += chunk.length;
  })();
  expect(await errorOf(reading)).toMatchObject({ code: 'fenced', message: expect.stringContaining('behind rows') });
  expect(bytes).toBeGreaterThan(0);
});

test('SQL of readers runs as a user of its own, who reads the tables of the generation in force and no others', async () => {
  const asker = { name: 'anna', signal: new AbortController().signal };
  const { number: first } = await readModels.createGeneration('{}');
  const { number: second } = await readModels.createGeneration('{}');
  await readModels.writeBatch(first, madeUpBatch(0n, 40n));
  const doors = [await openSqlDoor(readModels.clickhouse), await openSqlDoor(readModels.clickhouse)] as const;
  const count = async (door: SqlDoor, generation: number, format: 'json' | 'csv' = 'json') =>
    Buffer.from(await door.ask(asker, generation, 'SELECT count() > 0 AS any FROM journeys', format)).toString();
  expect(JSON.parse(await count(doors[0], first)).rows).toEqual([[1]]);
  expect(await count(doors[0], first, 'csv')).toBe('"any"\r\n1\r\n');
  // Each door grants what the other one needs no more, and gets it back when asked.
  expect(JSON.parse(await count(doors[1], second)).rows).toEqual([[0]]);
  expect(JSON.parse(await count(doors[0], first)).rows).toEqual([[1]]);
  for (const sql of [
    'SELECT * FROM system.tables',
    'SELECT 1 SETTINGS readonly = 0',
    "SELECT * FROM file('/etc/passwd')",
    'SELECT x FROM journeys',
  ]) {
    expect(await errorOf(doors[0].ask(asker, first, sql, 'json'))).toMatchObject({ code: 'invalid-sql' });
  }
  const huge = doors[0].ask(asker, first, "SELECT repeat('x', 1000) AS t, arrayJoin(range(50000)) AS n", 'json');
  expect(await errorOf(huge)).toMatchObject({ code: 'too-much' });
});

test('generations, what they are measured by and the switch survive a kill of the server', async () => {
  const own = await startClickHouseServer();
  onTestFinished(() => own.stop());
  const measures = JSON.stringify({ policy: "it's\t1\n" });
  const first = await givenReadModels(own.url);
  await first.createGeneration(measures);
  await first.switchTo(1);
  await first.writeBatch(1, madeUpBatch(0n, 30n));
  await own.kill();
  expect(await errorOf(first.currentGeneration())).toMatchObject({ code: 'unavailable' });
  await own.restart();
  expect(await first.currentGeneration()).toMatchObject({ number: 1, measures, isInForce: true });
  const second = await givenReadModels(own.url);
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
