import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { withCutOff } from '../../testing/cut-off-tables.ts';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { dump, madeUpBatch } from '../../testing/row-fixtures.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { projectedCounts } from '../queries/projected-counts.ts';
import type { ReadModels } from '../read-models.ts';
import { isOfLane, type Lane, WHOLE } from './lanes.ts';
import { batchWriter } from './write-batch.ts';

const END = 120n;

let readModels: ReadModels;
let clickhouse: ClickHouse;
let undisturbed: Record<string, unknown[]>;
const customersOf = new Map<string, ReadonlySet<string>>();

const nameOf = ({ index, of }: Lane) => `${index}/${of}`;
const lanes = (of: number): Lane[] => Array.from({ length: of }, (_, index) => ({ index, of }));

beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, madeUpBatch(0n, END));
  undisturbed = rows(await dump(clickhouse, number));
  for (const lane of [...lanes(3), ...lanes(5)]) {
    const sql = `SELECT DISTINCT customer_id FROM touchstone_${number}.moments WHERE ${isOfLane(lane)}`;
    const found = await clickhouse.query(sql, {}, z.object({ customer_id: z.string() }));
    customersOf.set(nameOf(lane), new Set(found.map((row) => row.customer_id)));
  }
});

/** All tables except the checkpoints, which depend on the number of lanes. */
function rows({ checkpoints: _, ...tables }: Record<string, unknown[]>): Record<string, unknown[]> {
  return tables;
}

/** The log's events of a lane's customers in a range. */
const share = (after: bigint, upTo: bigint, lane: Lane) =>
  madeUpBatch(after, upTo, (customerId) => customersOf.get(nameOf(lane))!.has(customerId));

async function generation(): Promise<number> {
  return (await readModels.createGeneration('{}')).number;
}

async function expectWhole(number: number): Promise<void> {
  expect(rows(await dump(clickhouse, number))).toEqual(undisturbed);
  expect(await readModels.projected(number)).toBe(END);
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
}

test('lanes written side by side make the tables that one writer makes, and the generation is as far as its slowest lane', async () => {
  const number = await generation();
  const [first, second, third] = lanes(3) as [Lane, Lane, Lane];
  await readModels.writeBatch(number, share(0n, END, first), first);
  expect(await readModels.projected(number)).toBe(0n);
  await Promise.all([
    readModels.writeBatch(number, share(0n, 40n, second), second),
    readModels.writeBatch(number, share(0n, 70n, third), third),
  ]);
  expect(await readModels.projected(number)).toBe(40n);
  expect(await projectedCounts(clickhouse, number)).toMatchObject({ position: 40n });
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  await Promise.all([
    readModels.writeBatch(number, share(40n, END, second), second),
    readModels.writeBatch(number, share(70n, END, third), third),
  ]);
  await expectWhole(number);
});

test('lanes that are never at rest at once are proved one after the other', async () => {
  const number = await generation();
  const [first, second, third] = lanes(3) as [Lane, Lane, Lane];
  const aheadIn = (lane: Lane) =>
    expect(
      batchWriter(withCutOff(clickhouse, ['checkpoints']), number, lane).writeBatch(share(40n, 80n, lane)),
    ).rejects.toThrow('cut off');
  for (const lane of [first, second, third]) {
    await batchWriter(clickhouse, number, lane).writeBatch(share(0n, 40n, lane));
  }
  const compared = new Set<string>();
  await aheadIn(first);
  const before = await readModels.verify(number, compared);
  expect([before.faults, typeof before.heldFrom]).toEqual([[], 'bigint']);
  await readModels.writeBatch(number, share(40n, 80n, first), first);
  await aheadIn(second);
  expect((await readModels.verify(number)).heldFrom).not.toBeNull();
  expect(await readModels.verify(number, compared)).toEqual({ isWhole: true, faults: [], heldFrom: null });
});

test('a lane that is taken over is refused to whoever had it; the other lanes go on', async () => {
  const number = await generation();
  const [first, second, third] = lanes(3) as [Lane, Lane, Lane];
  const stalled = batchWriter(clickhouse, number, first);
  const neighbour = batchWriter(clickhouse, number, second);
  await stalled.writeBatch(share(0n, 20n, first));
  await neighbour.writeBatch(share(0n, 20n, second));

  const successor = batchWriter(clickhouse, number, first);
  expect(await successor.resume()).toMatchObject({ position: 20n });
  await expect(stalled.writeBatch(share(20n, 60n, first))).rejects.toMatchObject({ code: 'fenced' });
  // A fenced writer may not advance its checkpoint either, even with no moments to write.
  const asleep = batchWriter(clickhouse, number, third);
  await asleep.writeBatch(share(0n, 10n, third));
  await batchWriter(clickhouse, number, third).resume();
  const nothing = madeUpBatch(10n, 90n, () => false);
  await expect(asleep.writeBatch(nothing)).rejects.toMatchObject({ code: 'fenced' });
  await expect(asleep.resume()).resolves.toMatchObject({ position: 10n });

  await neighbour.writeBatch(share(20n, END, second));
  await successor.writeBatch(share(20n, END, first));
  await asleep.writeBatch(share(10n, END, third));
  await expectWhole(number);
});

test('customers who were shared out anew while others had written beyond are proved as soon as their lane has come so far', async () => {
  const number = await generation();
  const [first, ...others] = lanes(3) as [Lane, Lane, Lane];
  await readModels.writeBatch(number, share(0n, 40n, first), first);
  for (const lane of others) await readModels.writeBatch(number, share(0n, END, lane), lane);
  expect(await readModels.resume(number)).toMatchObject({ position: 40n, proof: null });
  await readModels.writeBatch(number, madeUpBatch(40n, END));
  await expectWhole(number);
  expect((await readModels.resume(number)).proof).not.toBeNull();
  await readModels.writeBatch(number, madeUpBatch(END, END + 20n));
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  await clickhouse.command(`ALTER TABLE touchstone_${number}.promises DELETE WHERE 1 SETTINGS mutations_sync = 2`);
  expect(await readModels.verify(number)).toMatchObject({
    isWhole: false,
    faults: [expect.stringContaining('promises has, up to position 140, 0 rows')],
  });
});

test('of writers that claim one lane at the same moment one writes', async () => {
  const number = await generation();
  const [lane] = lanes(3) as [Lane];
  const rivals = Array.from({ length: 6 }, () => batchWriter(clickhouse, number, lane));
  await Promise.all(rivals.map((writer) => writer.resume()));
  const results = await Promise.allSettled(rivals.map((writer) => writer.writeBatch(share(0n, END, lane))));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const other of lanes(3).slice(1)) await readModels.writeBatch(number, share(0n, END, other), other);
  await expectWhole(number);
});

test('when customers are shared out anew, the new lanes go on from the slowest of the old ones, and nothing is doubled', async () => {
  const number = await generation();
  const reached = [30n, 50n, 80n];
  const old = lanes(3).map((lane) => batchWriter(clickhouse, number, lane));
  for (const [index, lane] of lanes(3).entries()) await old[index]!.writeBatch(share(0n, reached[index]!, lane));

  const [first, ...others] = lanes(5) as [Lane, ...Lane[]];
  expect(await readModels.resume(number, first)).toMatchObject({ position: 30n });
  // The writers of the old number of lanes have lost their customers, whichever lane has them now.
  for (const [index, lane] of lanes(3).entries()) {
    await expect(old[index]!.writeBatch(share(reached[index]!, END, lane))).rejects.toMatchObject({ code: 'fenced' });
  }
  await readModels.writeBatch(number, share(30n, 100n, first), first);
  expect(await readModels.projected(number)).toBe(30n);
  for (const lane of others) await readModels.writeBatch(number, share(30n, 100n, lane), lane);
  expect(await readModels.projected(number)).toBe(100n);
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });

  // Return to one writer for all customers.
  expect(await readModels.resume(number, WHOLE)).toMatchObject({ position: 100n, moments: 91, parked: 9 });
  await readModels.writeBatch(number, madeUpBatch(100n, END));
  await expectWhole(number);
});

test('a lane that lost rows is noticed and named', async () => {
  const number = await generation();
  for (const lane of lanes(3)) await readModels.writeBatch(number, share(0n, END, lane), lane);
  const sql = `ALTER TABLE touchstone_${number}.moments DELETE WHERE position = 7 SETTINGS mutations_sync = 2`;
  await clickhouse.command(sql);
  const lane = lanes(3).find((one) => customersOf.get(nameOf(one))!.has('customer-0'))!;
  const { isWhole, faults } = await readModels.verify(number);
  expect(isWhole).toBe(false);
  expect(faults).toEqual([
    expect.stringMatching(new RegExp(`^moments has \\d+ rows of lane ${lane.index} of 3 up to`)),
  ]);
});
