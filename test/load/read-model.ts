import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBatch, openReadModels, type ReadModels, tableSizes } from '@touchstone/read-models';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { type BenchRow, interleaved, ratePerSecond } from './measure.ts';
import { type SampleBatch, sampleBatches } from './sample-batches.ts';
import { sampleEvents } from './sample-events.ts';

const LIVE_BATCH = 10_000;
const BULK_BATCH = 50_000;

/**
 * Measures writing to the read model against the bare engine, which is given the moments as text
 * ready in memory, one insert after the other on one session. No fold is included: the rows are
 * made beforehand.
 */
export async function benchReadModel(
  options: { readonly events?: number; readonly rounds?: number } = {},
): Promise<BenchRow[]> {
  const events = sampleEvents(options.events ?? 200_000);
  const jsonBytes = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0) / events.length;
  const live = sampleBatches(events, LIVE_BATCH);
  const bulk = sampleBatches(events, BULK_BATCH);
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  const readModels = await openReadModels(`chdb:${folder}`);
  const floor = createChdbConnection({ path: folder });
  try {
    const blocks = await momentsAsText(readModels, floor, live);
    const inFresh = async (work: (generation: number) => Promise<void>) => {
      const { number } = await readModels.createGeneration('{}');
      const rate = await ratePerSecond(events.length, () => work(number));
      await readModels.dropGeneration(number);
      return rate;
    };
    const rates = await interleaved({
      rounds: options.rounds ?? 5,
      variants: {
        raw: () => inFresh((generation) => insertRaw(floor, generation, blocks)),
        live: () => inFresh((generation) => writeAll(readModels, generation, live)),
        bulk: () => inFresh((generation) => writeAll(readModels, generation, bulk)),
      },
    });
    const bytes = await bytesOnDisk(readModels, bulk);
    return [
      rateRow('read model: live, all tables, batches of 10k', 0.6, rates.raw!, rates.live!),
      rateRow('read model: bulk, all tables, batches of 50k', 1.2, rates.raw!, rates.bulk!),
      sizeRow('read model: bytes per moment', jsonBytes, bytes.moments / events.length),
      sizeRow('read model: bytes per event, all tables', jsonBytes, bytes.all / events.length),
    ];
  } finally {
    await floor.close();
    await readModels.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rateRow(name: string, goal: number, floor: number, product: number): BenchRow {
  const goalText = `≥ ${goal} of a raw insert of the moments alone`;
  return { name, goalText, floor, product, ratio: product / floor, goal, unit: 'events/s' };
}

function sizeRow(name: string, floor: number, product: number): BenchRow {
  const goalText = '≤ 0.2 of the JSON text';
  return { name, goalText, floor, product, ratio: product / floor, goal: 0.2, atMost: true, unit: 'bytes' };
}

/** The engine writes the text itself, so that the floor does not suffer from our encoding. */
async function momentsAsText(readModels: ReadModels, floor: ChdbConnection, batches: readonly SampleBatch[]) {
  const { number } = await readModels.createGeneration('{}');
  await writeAll(readModels, number, batches);
  const blocks: Uint8Array[] = [];
  for (const { after, upTo } of batches) {
    const select = `SELECT * FROM touchstone_${number}.moments WHERE position > ${after} AND position <= ${upTo} ORDER BY position`;
    blocks.push((await floor.chdb.queryAsync(select, { format: 'TabSeparated' })).bytes());
  }
  await readModels.dropGeneration(number);
  return blocks;
}

async function insertRaw(floor: ChdbConnection, generation: number, blocks: readonly Uint8Array[]): Promise<void> {
  const table = `touchstone_${generation}.moments`;
  for (const values of blocks) await floor.chdb.rawInsert({ table, values, format: 'TabSeparated' });
}

/** Writes all batches in order, two of them concurrently. */
async function writeAll(readModels: ReadModels, generation: number, batches: readonly SampleBatch[]): Promise<void> {
  const underWay: Promise<void>[] = [];
  for (const { after, upTo, rows } of batches) {
    if (underWay.length === 2) await underWay.shift();
    const writing = readModels.writeBatch(generation, encodeBatch(after, upTo, rows));
    writing.catch(() => undefined);
    underWay.push(writing);
  }
  await Promise.all(underWay);
}

/** Bytes on disk once the merges have run. */
async function bytesOnDisk(readModels: ReadModels, batches: readonly SampleBatch[]) {
  const { number } = await readModels.createGeneration('{}');
  await writeAll(readModels, number, batches);
  for (const table of ['moments', 'journeys', 'customers', 'promises', 'trust_changes']) {
    await readModels.clickhouse.command(`OPTIMIZE TABLE touchstone_${number}.${table} FINAL`);
  }
  const sizes = await tableSizes(readModels.clickhouse, number);
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  return { moments: sizes.find(({ table }) => table === 'moments')!.bytes, all };
}
