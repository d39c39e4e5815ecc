import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { definitionsByType, type MeasurementRules, policyV1 } from '@touchstone/journey';
import { foldThreadsOf, LIVE, openFoldThreads, startProjector } from '@touchstone/projector';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { type ChdbConnection, createChdbConnection } from 'chdb/connection';
import { type BenchRow, interleaved, ratePerSecond } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';

const EVENTS = 400_000;
/**
 * Rows per insert of the floor: the batch size of the live projection, and the one against which a
 * rebuild is measured.
 */
const BLOCKS = { live: LIVE.batch, rebuild: 10_000 };

const threads = openFoldThreads(foldThreadsOf(availableParallelism()));

const measures: MeasurementRules = {
  policy: policyV1,
  definitions: definitionsByType([
    { type: 'order', touchpoints: { 'payment.approved': { weight: 2, critical: true } } },
  ]),
};

/**
 * Measures from the log through the fold into all tables. The floor is the engine alone, which is
 * given the moments as text on one session.
 */
export async function benchProjection(
  options: { readonly events?: number; readonly rounds?: number } = {},
): Promise<BenchRow[]> {
  const count = options.events ?? EVENTS;
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  const readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  const floor = createChdbConnection({ path: join(folder, 'clickhouse') });
  try {
    await fill(store, count);
    const blocksOf = (block: number, format: TextFormat) =>
      momentsAsText(store, readModels, floor, { count, block, format });
    const blocks = {
      live: await blocksOf(BLOCKS.live, 'JSONEachRow'),
      rebuild: await blocksOf(BLOCKS.rebuild, 'JSONEachRow'),
      tabbed: await blocksOf(BLOCKS.rebuild, 'TabSeparated'),
    };
    const inFresh = async (work: (generation: number) => Promise<void>) => {
      const { number } = await readModels.createGeneration('{}');
      const rate = await ratePerSecond(count, () => work(number));
      await readModels.dropGeneration(number);
      return rate;
    };
    const raw = (all: readonly Uint8Array[], format: TextFormat) =>
      inFresh(async (generation) => {
        const table = `touchstone_${generation}.moments`;
        for (const values of all) await floor.chdb.rawInsert({ table, values, format });
      });
    const rates = await interleaved({
      rounds: options.rounds ?? 5,
      variants: {
        rawLive: () => raw(blocks.live, 'JSONEachRow'),
        rawRebuild: () => raw(blocks.rebuild, 'JSONEachRow'),
        rawTabbed: () => raw(blocks.tabbed, 'TabSeparated'),
        live: () => inFresh((generation) => project(store, readModels, generation, 'live')),
        rebuild: () => inFresh((generation) => project(store, readModels, generation, 'rebuild')),
      },
    });
    const row = (name: string, goal: number | null, floorRate: number, product: number): BenchRow => ({
      name,
      goalText: goal === null ? 'no goal of its own' : `≥ ${goal} of a raw insert of the moments alone`,
      floor: floorRate,
      product,
      ratio: product / floorRate,
      goal,
      unit: 'events/s',
    });
    return [
      row('projection: live, all tables', 0.6, rates.rawLive!, rates.live!),
      row('projection: full rebuild', 1.2, rates.rawRebuild!, rates.rebuild!),
      row('projection: full rebuild, against tab-separated text', null, rates.rawTabbed!, rates.rebuild!),
    ];
  } finally {
    await threads.close();
    await floor.close();
    await readModels.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: EventStore, count: number): Promise<void> {
  const events = sampleEvents(count).map(toAppend);
  for (let start = 0; start < count; start += 5000) await store.append(events.slice(start, start + 5000));
}

async function project(
  store: EventStore,
  readModels: ReadModels,
  generation: number,
  as: 'live' | 'rebuild',
): Promise<void> {
  const logger = createLogger({ level: 'error' });
  const announce = async () => undefined;
  const projector = await startProjector({
    store,
    readModels,
    generation,
    measures,
    logger,
    announce,
    isAudible: () => as === 'live',
    startFold: threads.startFold,
  });
  if (!(await projector.progress.reached(await store.head(), 600_000))) throw new Error(String(projector.fault()));
  await projector.stop();
}

/**
 * Format of the floor: JSON is the log's format and decides the goal. Tab-separated text, which is
 * read twice as fast, is shown beside it.
 */
type TextFormat = 'JSONEachRow' | 'TabSeparated';

/** The engine writes the text itself, so that the floor does not suffer from our encoding. */
async function momentsAsText(
  store: EventStore,
  readModels: ReadModels,
  floor: ChdbConnection,
  { count, block, format }: { readonly count: number; readonly block: number; readonly format: TextFormat },
) {
  const { number } = await readModels.createGeneration('{}');
  await project(store, readModels, number, 'rebuild');
  const blocks: Uint8Array[] = [];
  for (let after = 0; after < count; after += block) {
    const select = `SELECT * FROM touchstone_${number}.moments WHERE position > ${after} AND position <= ${after + block} ORDER BY position`;
    blocks.push((await floor.chdb.queryAsync(select, { format })).bytes());
  }
  await readModels.dropGeneration(number);
  return blocks;
}
