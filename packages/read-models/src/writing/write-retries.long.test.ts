import { beforeAll, expect, test } from 'vitest';
import { cutsOf, withCutOff } from '../../testing/cut-off-tables.ts';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { batch, customerRow, dump, journeyRow, momentRow, parkedRow, T0 } from '../../testing/row-fixtures.ts';
import type { Batch } from '../encoding/batch.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { momentsHeld } from '../queries/compare-tables.ts';
import { listParked, parkedAt } from '../queries/list-parked.ts';
import { projectedByRange } from '../queries/projected-by-range.ts';
import { projectedCounts } from '../queries/projected-counts.ts';
import { projectedPositions } from '../queries/projected-positions.ts';
import type { ReadModels } from '../read-models.ts';
import type { JourneyRow, MomentRow, ParkedRow } from '../tables.ts';
import { type Lane, WHOLE } from './lanes.ts';
import { batchWriter } from './write-batch.ts';

let readModels: ReadModels;
let clickhouse: ClickHouse;
let undisturbed: Record<string, unknown[]>;

beforeAll(async () => {
  readModels = await openedForTest();
  clickhouse = readModels.clickhouse;
  const { number } = await readModels.createGeneration('{}');
  for (const range of [part(0n, 10n), part(10n, END)]) await readModels.writeBatch(number, range);
  undisturbed = await dump(clickhouse, number);
});

/**
 * A log of one customer: the events at 3, 5 and 7 are parked; the retry at 15 takes 3 and 7 and
 * leaves 5 with another error; the retry at 18 takes 5. All other events are moments.
 */
const END = 20n;
const RETRIES = new Map([
  [15n, { taken: [3n, 7n], failed: [5n] }],
  [18n, { taken: [5n], failed: [] as bigint[] }],
]);
const PARKED = [3n, 5n, 7n];

/** The log's content in (after, upTo]; it can be cut anywhere. */
function part(after: bigint, upTo: bigint): Batch {
  const moment = (position: bigint) => momentRow({ position, time: T0 + Number(position), journeyId: `o${position}` });
  const moments: MomentRow[] = [];
  const parked: ParkedRow[] = [];
  const journeys: JourneyRow[] = [];
  for (let position = after + 1n; position <= upTo; position++) {
    const retry = RETRIES.get(position);
    const before = moments.length;
    if (retry !== undefined) {
      const tried = { version: position, error: '' };
      parked.push(...retry.taken.map((at) => parkedRow({ ...tried, position: at, retriedAt: position })));
      parked.push(...retry.failed.map((at) => parkedRow({ ...tried, position: at, error: 'still not' })));
      moments.push(...retry.taken.map(moment));
    } else if (PARKED.includes(position)) parked.push(parkedRow({ position }));
    else moments.push(moment(position));
    for (const { journeyId } of moments.slice(before)) journeys.push(journeyRow({ version: position, journeyId }));
  }
  return batch(after, upTo, { moments, parked, journeys, customers: [customerRow({ version: upTo })] });
}

const TABLES = ['parked', 'moments', 'journeys', 'customers', 'checkpoints'];

test.each(cutsOf(TABLES))(
  'stopped in the middle of a batch with retries, after writing $what, a redo gives the same tables',
  async ({ lost }) => {
    const { number } = await readModels.createGeneration('{}');
    await batchWriter(clickhouse, number, WHOLE).writeBatch(part(0n, 10n));
    await expect(batchWriter(withCutOff(clickhouse, lost), number, WHOLE).writeBatch(part(10n, END))).rejects.toThrow(
      'cut off',
    );
    // Before the repeat, and between its parts, every count is that of the checkpoint.
    await expectStanding(number, { moments: 7, parked: PARKED, upTo: 10n });

    const restarted = batchWriter(clickhouse, number, WHOLE);
    expect(await restarted.resume()).toMatchObject({ position: 10n, moments: 7, parked: 3 });
    await restarted.writeBatch(part(10n, 12n));
    await expectStanding(number, { moments: 9, parked: PARKED, upTo: 12n });
    await restarted.writeBatch(part(12n, 16n));
    await expectStanding(number, { moments: 14, parked: [5n], upTo: 16n });
    await restarted.writeBatch(part(16n, END));
    await expectStanding(number, { moments: 18, parked: [], upTo: END });
    expect(await dump(clickhouse, number)).toEqual(undisturbed);
    expect(await projectedCounts(clickhouse, number)).toEqual({ position: END, moments: 18, parked: 0, cut: 0 });
  },
);

/** Expects the counts of the checkpoint, whatever an interrupted batch has left behind. */
async function expectStanding(
  number: number,
  { moments, parked, upTo }: { moments: number; parked: readonly bigint[]; upTo: bigint },
): Promise<void> {
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  expect(await parkedAt(clickhouse, number, { upTo })).toEqual(parked);
  expect((await listParked(clickhouse, number, {})).map(({ position }) => position)).toEqual(parked);
  expect(await momentsHeld(clickhouse, { generation: number, upTo })).toMatchObject({ moments, parked: parked.length });
  const [range] = await projectedByRange(clickhouse, number, { after: [0n], upTo, modulus: 1000 });
  const positions = Array.from({ length: Number(upTo) }, (_, i) => BigInt(i + 1)).filter((at) => !RETRIES.has(at));
  const checksum = Number(positions.reduce((sum, at) => sum + at, 0n));
  expect(range).toEqual({ after: 0n, source: '/shop', moments, parked: parked.length, cut: 0, checksum });
  const one = { after: 0n, upTo, source: '/shop', rowsMax: 100 };
  const found = await projectedPositions(clickhouse, number, one);
  expect(found.map(({ position, rows }) => [position, rows])).toEqual(positions.map((at) => [at, 1]));
}

test('a retry of what is set aside in the same batch, in vain or not, counts it once', async () => {
  const { number } = await readModels.createGeneration('{}');
  await readModels.writeBatch(number, part(0n, 16n));
  await expectStanding(number, { moments: 14, parked: [5n], upTo: 16n });
  expect(await readModels.resume(number)).toMatchObject({ position: 16n, moments: 14, parked: 1 });
  expect((await listParked(clickhouse, number, {}))[0]).toMatchObject({ position: 5n, error: 'still not' });
  await readModels.writeBatch(number, part(16n, END));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
});

test('batches under way together come out the same, whichever of them is written first', async () => {
  const { number } = await readModels.createGeneration('{}');
  const ranges = Array.from({ length: 20 }, (_, i) => part(BigInt(i), BigInt(i + 1)));
  await Promise.all(ranges.map((range) => readModels.writeBatch(number, range)));
  expect(await dump(clickhouse, number)).toEqual(undisturbed);
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
});

test('lanes that are shared out anew from before a retry know what was set aside there, and repeat it', async () => {
  const { number } = await readModels.createGeneration('{}');
  const lanes = (of: number): Lane[] => Array.from({ length: of }, (_, index) => ({ index, of }));
  const nothing = (after: bigint, upTo: bigint) => batch(after, upTo);
  // The other lane's counts show which of the two has the customer.
  await readModels.writeBatch(number, part(0n, 10n));
  const counted = await Promise.all(lanes(2).map((lane) => readModels.resume(number, lane)));
  const [own, other] = counted[0]!.moments > 0 ? lanes(2) : lanes(2).reverse();
  expect(await readModels.resume(number, own)).toMatchObject({ position: 10n, moments: 7, parked: 3 });
  await readModels.writeBatch(number, part(10n, 16n), own);
  expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  await readModels.writeBatch(number, nothing(10n, 12n), other);
  // All lanes have reached only 12, so the writer of all customers continues there, before the
  // retry at 15.
  expect(await readModels.resume(number, WHOLE)).toMatchObject({ position: 12n, moments: 9, parked: 3 });
  await readModels.writeBatch(number, part(12n, END));
  expect((await dump(clickhouse, number)).moments).toEqual(undisturbed.moments);
  await expectStanding(number, { moments: 18, parked: [], upTo: END });
});
