import { beforeAll, expect, test } from 'vitest';
import { cutsOf, withCutOff } from '../../testing/cut-off-tables.ts';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { batch, dump, madeUpBatch, momentRow } from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { ReadModels } from '../read-models.ts';
import { WHOLE } from './lanes.ts';
import { batchWriter } from './write-batch.ts';

let readModels: ReadModels;
let clickhouse: ClickHouse;
let undisturbed: Record<string, unknown[]>;

const END = 120n;

beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, END));
  undisturbed = await dump(clickhouse, number);
});

test('however the log is cut into batches, the tables are the same', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 1n));
  await readModels.writeBatch(number, madeUpBatch(1n, 50n));
  await readModels.writeBatch(number, madeUpBatch(50n, END));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
  expect(await readModels.resume(number)).toMatchObject({ position: END, moments: 110, parked: 10 });
});

const TABLES = ['moments', 'journeys', 'customers', 'promises', 'complaints', 'trust_changes', 'parked', 'checkpoints'];

test.each(cutsOf(TABLES))(
  'stopped with $what written, the redo gives the same tables, in other batches too',
  async ({ lost }) => {
    const { number } = await readModels.createGeneration('{}');
    await batchWriter(clickhouse, number, WHOLE).writeBatch(madeUpBatch(0n, 20n));
    await expect(
      batchWriter(withCutOff(clickhouse, lost), number, WHOLE).writeBatch(madeUpBatch(20n, 80n)),
    ).rejects.toThrow('cut off');

    const restarted = batchWriter(clickhouse, number, WHOLE);
    expect(await restarted.resume()).toMatchObject({ position: 20n });
    await restarted.writeBatch(madeUpBatch(20n, 45n));
    await restarted.writeBatch(madeUpBatch(45n, END));
    expect(await dump(clickhouse, number)).toEqual(undisturbed);
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  },
);

test('stopped with two batches under way, of which only the later one was written, nothing is doubled', async () => {
  const { number } = await readModels.createGeneration('{}');
  let calls = 0;
  const stopping: ClickHouse = {
    ...clickhouse,
    insert: async (table, block, conditions) => {
      if (table.endsWith('.checkpoints')) throw new ReadModelError('unavailable', 'cut off');
      if (table.endsWith('.moments') && calls++ === 0) throw new ReadModelError('unavailable', 'cut off');
      await clickhouse.insert(table, block, conditions);
    },
  };
  const writer = batchWriter(stopping, number, WHOLE);
  const both = [writer.writeBatch(madeUpBatch(0n, 30n)), writer.writeBatch(madeUpBatch(30n, 60n))];
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const restarted = batchWriter(clickhouse, number, WHOLE);
  await restarted.writeBatch(madeUpBatch(0n, 40n));
  await restarted.writeBatch(madeUpBatch(40n, END));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
});

test('after an error the same writer goes on from where resume says', async () => {
  const { number } = await readModels.createGeneration('{}');
  let isDown = true;
  const flaky: ClickHouse = {
    ...clickhouse,
    insert: (table, block, conditions) =>
      isDown && table.endsWith('.customers')
        ? Promise.reject(new ReadModelError('unavailable', 'down'))
        : clickhouse.insert(table, block, conditions),
  };
  const writer = batchWriter(flaky, number, WHOLE);
  const failing = [writer.writeBatch(madeUpBatch(0n, 10n)), writer.writeBatch(madeUpBatch(10n, 20n))];
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isDown = false;
  expect(await writer.resume()).toMatchObject({ position: 0n });
  await writer.writeBatch(madeUpBatch(0n, 15n));
  await writer.writeBatch(madeUpBatch(15n, END));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
});

test('batches given before the one ahead of them is written come out in order', async () => {
  const { number } = await readModels.createGeneration('{}');
  const ranges = Array.from({ length: 12 }, (_, i) => madeUpBatch(BigInt(i * 10), BigInt(i * 10 + 10)));
  await Promise.all(ranges.map((range) => readModels.writeBatch(number, range)));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
});

test('a range that leaves a gap or comes again is refused and changes nothing', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 10n));
  await expect(readModels.writeBatch(number, madeUpBatch(11n, 20n))).rejects.toMatchObject({ code: 'invalid' });
  await expect(readModels.writeBatch(number, madeUpBatch(0n, 10n))).rejects.toMatchObject({ code: 'invalid' });
  await readModels.writeBatch(number, madeUpBatch(10n, END));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
});

test('a table that lost rows is noticed, whichever it is', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, 60n));
  const lose = (table: string, where: string) =>
    clickhouse.command(`ALTER TABLE touchstone_${number}.${table} DELETE WHERE ${where} SETTINGS mutations_sync = 2`);
  await lose('moments', 'position = 7');
  await lose('parked', '1');
  await lose('customers', "customer_id = 'customer-3'");
  await readModels.writeBatch(
    number,
    batch(60n, 61n, { moments: [momentRow({ position: 61n, journeyId: 'order-9' })] }),
  );
  expect(await readModels.verify(number)).toEqual({
    isWhole: false,
    heldFrom: null,
    faults: [
      'moments has 55 rows up to position 61; 56 were written',
      'parked has 0 rows up to position 61; 5 were written',
      'customers has 2 rows that are missing or older than the moments they tell of',
      'journeys has 1 rows that are missing or older than the moments they tell of',
    ],
  });
});

test.each(['customers', 'journeys', 'promises', 'complaints', 'trust_changes'])(
  'that %s shows rows in an earlier state, as after the loss of its newest part, is noticed',
  async (table) => {
    const { number } = await readModels.createGeneration('{}');
    await readModels.writeBatch(number, madeUpBatch(0n, 60n));
    await readModels.writeBatch(number, madeUpBatch(60n, 64n));
    const sql = `ALTER TABLE touchstone_${number}.${table} DELETE WHERE version > 60 SETTINGS mutations_sync = 2`;
    await clickhouse.command(sql);
    const { isWhole, faults } = await readModels.verify(number);
    expect(isWhole).toBe(false);
    const named = table === 'trust_changes' ? 'trustChanges' : table;
    expect(faults).toContainEqual(expect.stringMatching(new RegExp(`^${named} has, up to position 64, \\d+ rows`)));
  },
);

test('rows beyond the checkpoint are no fault: every table is held to it once the projection has come so far', async () => {
  const { number } = await readModels.createGeneration('{}');
  await batchWriter(clickhouse, number, WHOLE).writeBatch(madeUpBatch(0n, 20n));
  const cut = withCutOff(clickhouse, ['checkpoints', 'promises']);
  await expect(batchWriter(cut, number, WHOLE).writeBatch(madeUpBatch(20n, 30n))).rejects.toThrow('cut off');
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: 30n });
  await readModels.writeBatch(number, madeUpBatch(20n, 40n));
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
});
