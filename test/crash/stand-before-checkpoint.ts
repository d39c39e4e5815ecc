import { type ClickHouse, type Lane, type ReadModels, WHOLE } from '@touchstone/read-models';
import { z } from 'zod';
import { checkpointsTable } from '../../packages/read-models/src/tables.ts';
import { readCheckpoint } from '../../packages/read-models/src/writing/lanes.ts';
import { type BatchWriter, batchWriter } from '../../packages/read-models/src/writing/write-batch.ts';

/** Word sent to a running projector that is to stop at its next checkpoint. */
export const STAND = 'stand';

const tornRow = z.object({ isTorn: z.coerce.boolean() });
const TORN = `SELECT max(moments.position) > {position:UInt64} AS isTorn FROM {database:Identifier}.moments
  WHERE kafkaMurmurHash(customer_id) % {of:UInt32} = {index:UInt32}`;

/**
 * Whether moments of a partition are in the table without their checkpoint, as a kill between the
 * two leaves them.
 */
export async function isTorn(clickhouse: ClickHouse, generation: number, lane: Lane): Promise<boolean> {
  const { position } = await readCheckpoint(clickhouse, generation, lane);
  const [torn] = await clickhouse.query(TORN, { database: `touchstone_${generation}`, position, ...lane }, tornRow);
  return torn!.isTorn;
}

/**
 * The same read models, whose writers stop on request at the first checkpoint whose moments are in
 * the table. They call `onStanding` and wait to be killed, so that the kill certainly leaves
 * {@link isTorn}.
 */
export function standBeforeCheckpoint(
  readModels: ReadModels,
  isToStand: () => boolean,
  onStanding: () => void,
): ReadModels {
  const writers = new Map<string, BatchWriter>();
  const writerOf = (generation: number, lane: Lane): BatchWriter => {
    const name = `${generation} ${lane.index}/${lane.of}`;
    const writer = writers.get(name) ?? batchWriter(standing(generation, lane), generation, lane);
    writers.set(name, writer);
    return writer;
  };
  const standing = (generation: number, lane: Lane): ClickHouse => ({
    ...readModels.clickhouse,
    async insert(table, block, conditions) {
      const isCheckpoint = table.endsWith(`.${checkpointsTable.name}`);
      if (isCheckpoint && isToStand() && (await isTorn(readModels.clickhouse, generation, lane))) {
        onStanding();
        await new Promise(() => undefined);
      }
      await readModels.clickhouse.insert(table, block, conditions);
    },
  });
  return {
    ...readModels,
    resume: (generation, lane = WHOLE) => writerOf(generation, lane).resume(),
    writeBatch: (generation, batch, lane = WHOLE) => writerOf(generation, lane).writeBatch(batch),
  };
}
