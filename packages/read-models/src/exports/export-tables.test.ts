import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExportName, exportNames, type TableFormat } from '@touchstone/api';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { DAY, HOUR, holding } from '../../testing/query-fixtures.ts';
import {
  complaintRow,
  customerRow,
  journeyRow,
  momentRow,
  promiseRow,
  T0,
  trustChangeRow,
} from '../../testing/row-fixtures.ts';
import { columnNamesOf, type ExportAsked, exportTable } from './export-tables.ts';

const readModels = await openedForTest();
const AT = { now: T0 + DAY, purchaseDays: 365 };
const staying = { name: 'anna', signal: new AbortController().signal };

const generation = await holding(readModels, {
  journeys: [
    journeyRow({
      customerId: 'anna',
      journeyId: 'a,"1"\n',
      type: '=cmd',
      score: 81.5,
      level: 'satisfied',
      touchpoints: ['x', 'y'],
      attributes: { colour: 'red', 'é😀': '-1' },
    }),
    journeyRow({
      customerId: 'ben',
      journeyId: '+49',
      type: 'order',
      score: null,
      level: '',
      startedAt: T0 + HOUR,
      attributes: {},
    }),
  ],
  customers: [
    customerRow({ customerId: '@anna' }),
    customerRow({ customerId: 'ben', stage: 'affective', satisfaction: 60 }),
  ],
  moments: [
    momentRow({
      position: 3n,
      eventId: '-1',
      customerId: 'anna',
      journeyId: '',
      outcome: '',
      score: null,
      attributes: { a: '\t' },
    }),
    momentRow({
      position: 2n ** 64n - 1n,
      eventId: '\tx',
      comment: '=so',
      customerId: 'anna',
      journeyId: 'j',
      score: -0.5,
      durationMs: -3,
    }),
  ],
  promises: [promiseRow({ customerId: 'anna', promiseId: 'p', state: 'kept', closedAt: T0 })],
  complaints: [complaintRow({ customerId: 'anna', complaintId: 'c', firstContact: true })],
  trustChanges: [trustChangeRow({ customerId: 'anna', from: 'none', to: 'cognitive', because: 'earned', at: T0 })],
});

async function exported<Name extends ExportName>(
  name: Name,
  format: TableFormat,
  asked: Partial<ExportAsked<Name>> = {},
  asker = staying,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const parts = exportTable(name, generation, asked as ExportAsked<Name>, AT, format);
  for await (const chunk of readModels.clickhouse.export(asker, parts)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const lines = async (name: ExportName): Promise<Record<string, unknown>[]> =>
  (await exported(name, 'ndjson'))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('lines have the names, times and nulls of the API', async () => {
  expect(await lines('journeys')).toMatchObject([
    {
      id: 'a,"1"\n',
      customerId: 'anna',
      type: '=cmd',
      score: 81.5,
      level: 'satisfied',
      touchpoints: ['x', 'y'],
      attributes: { colour: 'red', 'é😀': '-1' },
      endedAt: null,
    },
    {
      id: '+49',
      type: 'order',
      score: null,
      level: null,
      startedAt: new Date(T0 + HOUR).toISOString(),
      attributes: {},
    },
  ]);
  expect(await lines('moments')).toMatchObject([
    { position: '3', eventId: '-1', journeyId: null, outcome: null, score: null, comment: null },
    { position: '18446744073709551615', eventId: '\tx', journeyId: 'j', score: -0.5, comment: '=so' },
  ]);
  expect(await lines('customers')).toMatchObject([
    { id: '@anna', quietlyLeaving: false },
    { id: 'ben', stage: 'affective', satisfaction: 60 },
  ]);
  expect(await lines('promises')).toMatchObject([
    { id: 'p', expected: false, state: 'kept', closedAt: new Date(T0).toISOString() },
  ]);
  expect(await lines('complaints')).toMatchObject([{ id: 'c', firstContact: true }]);
  expect(await lines('trust-changes')).toMatchObject([
    { from: 'none', to: 'cognitive', because: 'earned', at: new Date(T0).toISOString() },
  ]);
});

test('a line has every column, under the names of the other formats', async () => {
  for (const name of exportNames) {
    const [first] = await lines(name);
    expect(Object.keys(first!)).toEqual(columnNamesOf(name));
    expect((await exported(name, 'csv')).toString().split('\r\n', 1)).toEqual([columnNamesOf(name).join(',')]);
  }
});

test('CSV follows RFC 4180, leaves absent values empty, and lets no text begin a formula', async () => {
  const journeys = (await exported('journeys', 'csv')).toString();
  expect(journeys.split('\r\n').slice(1)).toEqual([
    expect.stringContaining('"a,""1""\n","anna","\'=cmd","open"'),
    expect.stringContaining('"\'+49","ben","order"'),
    '',
  ]);
  expect(journeys).toContain('"[""x"",""y""]","[""web""]","{""colour"":""red"",""é😀"":""-1""}"');
  const moments = (await exported('moments', 'csv')).toString();
  expect(moments).toContain('"\'-1"');
  expect(moments).toContain('"\'\tx"');
  expect(moments).toContain('"\'=so"');
  expect(moments).toContain(',-0.5,');
  expect((await exported('customers', 'csv')).toString()).toContain('"\'@anna"');
});

test('filters are those of the list, on values as they are stored', async () => {
  const ids = async (asked: Partial<ExportAsked<'journeys'>>) =>
    (await exported('journeys', 'csv', asked)).toString().split('\r\n').length - 2;
  expect(await ids({ type: '=cmd' })).toBe(1);
  expect(await ids({ attributes: { colour: 'red' } })).toBe(1);
  expect(await ids({ from: T0 + HOUR })).toBe(1);
  expect(await ids({ minScore: 90 })).toBe(0);
  expect((await exported('moments', 'csv', { journeyId: 'j' })).toString().split('\r\n')).toHaveLength(3);
  expect((await exported('promises', 'ndjson', { state: 'broken' })).toString()).toBe('');
});

test('Parquet holds the values that the lines hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-parquet-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of exportNames) {
    const file = join(folder, `${name}.parquet`);
    writeFileSync(file, await exported(name, 'parquet'));
    const rows = await readModels.clickhouse.query(
      `SELECT * FROM file({file:String}, Parquet) SETTINGS date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 1`,
      { file },
      z.record(z.string(), z.unknown()),
    );
    expect(rows).toEqual(await lines(name));
  }
});

test('an export of nothing is a header, an empty file, or a Parquet file without rows', async () => {
  const none = { customerId: 'nobody' };
  expect((await exported('complaints', 'csv', none)).toString()).toBe(`${columnNamesOf('complaints').join(',')}\r\n`);
  expect((await exported('complaints', 'ndjson', none)).length).toBe(0);
  expect((await exported('complaints', 'parquet', none)).subarray(0, 4).toString()).toBe('PAR1');
});

/** Answers a row at once, and then none for longer than any test runs. */
const ENDLESS =
  'SELECT number, sleepEachRow(if(number < 2, 0, 3)) AS s FROM numbers(1000000) SETTINGS max_block_size = 1, max_threads = 1';

test.each(['JSONEachRow', 'Parquet'] as const)(
  'an asker who leaves frees the place of an export as %s',
  async (format) => {
    for (let i = 0; i < 3; i++) {
      const leaving = new AbortController();
      const pieces = readModels.clickhouse.export({ name: 'eve', signal: leaving.signal }, [
        { sql: ENDLESS, params: {}, format },
      ]);
      const reading = (async () => {
        for await (const _ of pieces);
      })();
      setImmediate(() => leaving.abort());
      await expect(reading).rejects.toMatchObject({ reason: 'left' });
    }
    expect((await exported('promises', 'ndjson')).length).toBeGreaterThan(0);
  },
);
