import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogReader, sqliteEventStore } from '@touchstone/event-store';
import { encodeMeasures, policyV1 } from '@touchstone/journey';
import { asAppended, measures, randomHistories } from '@touchstone/journey/testing';
import { startProjector } from '@touchstone/projector';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { verify } from './verify.ts';
import { verifyFolder } from './verify-notes.ts';
import { rowsOfThisLog } from './verify-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-verify-rows-'));
const file = join(folder, 'events.db');
const CUSTOMERS = 12;
let readModels: ReadModels;
let generation: number;

beforeAll(async () => {
  const store = await sqliteEventStore({ file });
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  const encoded = encodeMeasures(policyV1, measures.definitions.values(), 'log');
  generation = (await readModels.createGeneration(encoded, await store.identity())).number;
  await readModels.switchTo(generation);
  const histories = randomHistories(CUSTOMERS, 3);
  const bad = { ...histories[0]![0]!, id: 'bad', type: 'touchstone.moment.recorded.v0' };
  await store.append([...histories.flat(), bad as never].map(asAppended));
  const logger = createLogger({ level: 'silent' });
  const announce = async () => undefined;
  const projector = await startProjector({ store, readModels, generation, measures, logger, announce });
  await projector.progress.reached(await store.head(), 30_000);
  await projector.stop();
  await store.close();
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(stopAt = Number.POSITIVE_INFINITY) {
  const reader = await openLogReader(`sqlite:${file}`);
  const stop = new AbortController();
  let steps = 0;
  try {
    return await verify({
      reader,
      rows: await rowsOfThisLog(readModels, reader),
      folder: verifyFolder(join(folder, 'notes')),
      isAnew: false,
      signal: stop.signal,
      onProgress: (phase) => {
        if (phase === 'rows') steps += 1;
        if (steps === stopAt) stop.abort();
      },
    });
  } finally {
    await reader.close();
  }
}

const alter = (table: string, change: string) =>
  readModels.clickhouse.command(`ALTER TABLE touchstone_${generation}.${table} ${change} SETTINGS mutations_sync = 2`);

/** Restores the table after the test's changes. */
async function keeping(table: string, work: (owner: string) => Promise<void>): Promise<void> {
  const named = `touchstone_${generation}.${table}`;
  const { command } = readModels.clickhouse;
  const [row] = await readModels.clickhouse.query(
    `SELECT any(customer_id) AS id FROM ${named}`,
    {},
    z.object({ id: z.string() }),
  );
  await command(`CREATE TABLE ${named}_kept AS ${named}`);
  await command(`INSERT INTO ${named}_kept SELECT * FROM ${named}`);
  try {
    await work(row!.id);
  } finally {
    await command(`EXCHANGE TABLES ${named} AND ${named}_kept`);
    await command(`DROP TABLE ${named}_kept SYNC`);
  }
}

test('rows that are as the log makes them hold, of every customer, wherever the run was stopped', async () => {
  const whole = await run();
  expect(whole).toMatchObject({
    outcome: 'done',
    customers: CUSTOMERS,
    passedOver: 0,
    differences: { count: 0, named: [] },
  });
  expect(await run(1)).toMatchObject({ outcome: 'interrupted' });
  expect(await run()).toEqual({ ...whole, resumedAfter: whole.upTo });
});

test.each([
  ['customers', 'UPDATE satisfied_moments = satisfied_moments + 1', 'customers.satisfied_moments'],
  ['journeys', "UPDATE attributes = map('colour', 'red')", 'journeys.attributes'],
  ['promises', "UPDATE what = 'something else'", 'promises.what'],
  ['complaints', 'UPDATE raised_at = raised_at + INTERVAL 1 SECOND', 'complaints.raised_at'],
  ['trust_changes', "UPDATE because = 'made up'", 'trustChanges.because'],
  ['moments', 'UPDATE score = 1', 'moments.score'],
  ['customers', 'DELETE', 'customers'],
  ['moments', 'DELETE', 'moments'],
  ['parked', 'DELETE', 'parked'],
])('a difference in %s (%s) is named with the customer and the field', async (table, change, field) => {
  await keeping(table, async (owner) => {
    await alter(table, `${change} WHERE customer_id = '${owner}'`);
    const { differences } = await run();
    const theirs = differences.named.filter(({ customer }) => customer === owner);
    expect(theirs.map((one) => one.field)).toContain(field);
    expect(
      differences.named.filter(({ customer }) => customer !== owner).every((one) => one.field === 'read model'),
    ).toBe(true);
    if (change === 'DELETE') expect(differences.named.map((one) => one.field)).toContain('read model');
  });
});

test('rows of a customer whom the log does not have are named', async () => {
  await keeping('journeys', async () => {
    const named = `touchstone_${generation}.journeys`;
    await readModels.clickhouse.command(
      `INSERT INTO ${named} SELECT * REPLACE ('nobody' AS customer_id) FROM ${named} LIMIT 1`,
    );
    const { differences } = await run();
    expect(differences.named).toContainEqual(
      expect.objectContaining({
        customer: 'nobody',
        field: 'journeys',
        what: expect.stringContaining('is not in the log'),
      }),
    );
  });
});

test('rows that are of another log are refused by name', async () => {
  const other = join(folder, 'other.db');
  await (await sqliteEventStore({ file: other })).close();
  const reader = await openLogReader(`sqlite:${other}`);
  await expect(rowsOfThisLog(readModels, reader)).rejects.toThrow(/is of the log .*, and this is the log/);
  await reader.close();
});
