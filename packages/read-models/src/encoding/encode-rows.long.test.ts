import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { batch, journeyRow, momentRow } from '../../testing/row-fixtures.ts';
import { openReadModels, type ReadModels } from '../read-models.ts';
import type { MomentRow } from '../tables.ts';
import * as tables from '../tables.ts';
import { encodeRows } from './encode-rows.ts';
import { insertInto } from './insert-into.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let readModels: ReadModels;
let generation: number;
beforeAll(async () => {
  readModels = await openReadModels(`chdb:${folder}`);
  generation = (await readModels.createGeneration('{}')).number;
});
afterAll(async () => {
  await readModels.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every table has the columns that are written to it, in that order and of those types', async () => {
  for (const table of [...tables.tablesOfGeneration, ...tables.sharedTables]) {
    const isShared = tables.sharedTables.some(({ name }) => name === table.name);
    const database = isShared ? 'touchstone' : `touchstone_${generation}`;
    const columns = await readModels.clickhouse.query(
      `SELECT name, type FROM system.columns
       WHERE database = {database:String} AND table = {table:String} AND default_kind = '' ORDER BY position`,
      { database, table: table.name },
      z.object({ name: z.string(), type: z.string() }),
    );
    expect({ [table.name]: table.columns.map(({ name, type }) => ({ name, type })) }).toEqual({
      [table.name]: columns,
    });
  }
});

/**
 * Excludes lone surrogates: they have no UTF-8 form and are refused or replaced before a row is
 * made.
 */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('\t', '\n', '\r', '\0', '\\', "'", '"', '\\N', '{', ']', 'é', '😀', ','),
    maxLength: 8,
  }),
  fc.string({ minLength: 60, maxLength: 300 }),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const time = fc.integer({ min: 0, max: Date.UTC(2300, 0, 1) - 1 });

const moments: fc.Arbitrary<MomentRow> = fc.record({
  position: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  recordedAt: time,
  time,
  eventId: text,
  source: text,
  type: text,
  customerId: text,
  journeyId: text,
  journeyType: text,
  touchpoint: text,
  channel: text,
  outcome: text,
  cause: text,
  verdict: text,
  expectation: maybe(number),
  perception: maybe(number),
  score: maybe(number),
  weight: maybe(number),
  durationMs: maybe(number),
  effort: maybe(number),
  expectationGiven: maybe(number),
  perceptionGiven: maybe(number),
  reliability: maybe(number),
  assurance: maybe(number),
  tangibles: maybe(number),
  empathy: maybe(number),
  responsiveness: maybe(number),
  instrument: text,
  feedbackScore: maybe(number),
  comment: text,
  promiseId: text,
  complaintId: text,
  dueAt: maybe(time),
  amount: maybe(number),
  currency: text,
  recoveryKind: text,
  recoveryAccepted: maybe(fc.boolean()),
  actorId: text,
  actorTeam: text,
  actorSite: text,
  attributes: fc.dictionary(text, text, { maxKeys: 5 }),
});

const COLUMNS = `
  toString(position) AS position, toUnixTimestamp64Milli(recorded_at) AS recordedAt, toUnixTimestamp64Milli(time) AS time_ms,
  event_id AS eventId, source, type, customer_id AS customerId, journey_id AS journeyId, journey_type AS journeyType,
  touchpoint, channel, outcome, cause, verdict, expectation, perception, score, weight, duration_ms AS durationMs, effort,
  expectation_given AS expectationGiven, perception_given AS perceptionGiven, reliability, assurance, tangibles, empathy, responsiveness,
  instrument, feedback_score AS feedbackScore, comment, promise_id AS promiseId, complaint_id AS complaintId,
  toUnixTimestamp64Milli(due_at) AS dueAt, amount, currency, recovery_kind AS recoveryKind, recovery_accepted AS recoveryAccepted, actor_id AS actorId, actor_team AS actorTeam,
  actor_site AS actorSite, mapKeys(attributes) AS keys, mapValues(attributes) AS texts`;

const readBack = z
  .looseObject({ position: z.string(), time_ms: z.number(), keys: z.array(z.string()), texts: z.array(z.string()) })
  .transform(({ position, time_ms: time, keys, texts, ...row }) => ({
    ...row,
    position: BigInt(position),
    time,
    attributes: keys.map((key, i) => [key, texts[i]]),
  }));

test('whatever is written is read back exactly: control characters, quotes, every double, the greatest position', async () => {
  const { number } = await readModels.createGeneration('{}');
  await fc.assert(
    fc.asyncProperty(fc.array(moments, { minLength: 1, maxLength: 20 }), async (rows) => {
      await insertInto(readModels.clickhouse, `touchstone_${number}`, tables.momentsTable, rows);
      const table = `touchstone_${number}.moments`;
      const read = await readModels.clickhouse.query(`SELECT ${COLUMNS} FROM ${table}`, {}, readBack);
      await readModels.clickhouse.command(`TRUNCATE TABLE ${table}`);
      const expected = rows.map((row) => ({ ...row, attributes: Object.entries(row.attributes) }));
      const sorted = (all: readonly object[]) => all.map(inOrder).sort();
      expect(sorted(read)).toEqual(sorted(expected));
    }),
    { numRuns: 60 },
  );
});

/** A row as text with sorted fields, so that rows compare regardless of their order. */
function inOrder(row: object): string {
  const fields = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

test('lists keep their order and their empty members', async () => {
  const { number } = await readModels.createGeneration('{}');
  const touchpoints = ['b', '', "a'b", 'tab\t', 'b'];
  const journeys = [journeyRow({ touchpoints, channels: [] }), journeyRow({ journeyId: 'other', touchpoints: ['x'] })];
  await readModels.writeBatch(number, batch(0n, 1n, { journeys }));
  const row = z.object({ touchpoints: z.array(z.string()), channels: z.array(z.string()) });
  const read = await readModels.clickhouse.query(
    `SELECT touchpoints, channels FROM touchstone_${number}.journeys ORDER BY journey_id`,
    {},
    row,
  );
  expect(read).toEqual([
    { touchpoints, channels: [] },
    { touchpoints: ['x'], channels: ['web'] },
  ]);
});

test('what no column can hold is refused before anything is written', () => {
  const encode = (given: Partial<MomentRow>) => () => encodeRows(tables.momentsTable.columns, [momentRow(given)]);
  expect(encode({ score: Number.NaN })).toThrow('NaN is no number');
  expect(encode({ amount: Number.POSITIVE_INFINITY })).toThrow('Infinity is no number');
  expect(encode({ time: -1 })).toThrow('time -1');
  expect(encode({ time: 0.5 })).toThrow('time 0.5');
  expect(encode({ dueAt: Date.UTC(2300, 0, 1) })).toThrow('1970..2299');
});

test.each([
  ['made at once', 1, undefined],
  ['made apart, one behind the other', 3, undefined],
  ['made apart, under a condition', 3, { onlyIf: '1 = 1' }],
])(
  'a block of many rows becomes one part, so that it appears whole or not at all: %s',
  async (_, pieces, conditions) => {
    const { number } = await readModels.createGeneration('{}');
    const blocks = Array.from({ length: pieces }, (_, piece) =>
      encodeRows(
        tables.momentsTable.columns,
        Array.from({ length: 150_000 / pieces }, (_, i) => momentRow({ position: BigInt(i * pieces + piece) })),
      ),
    );
    await readModels.clickhouse.command(`SYSTEM STOP MERGES touchstone_${number}.moments`);
    const block = { columns: blocks[0]!.columns, rows: 150_000, bytes: blocks.flatMap(({ bytes }) => bytes) };
    await readModels.clickhouse.insert(`touchstone_${number}.moments`, block, conditions);
    const parts = await readModels.clickhouse.query(
      `SELECT rows FROM system.parts WHERE database = 'touchstone_${number}' AND table = 'moments'`,
      {},
      z.object({ rows: z.coerce.number() }),
    );
    expect(parts).toEqual([{ rows: 150_000 }]);
  },
);
