import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { syncReplicas, systemTable } from '../engine/cluster.ts';
import { ReadModelError } from '../read-model-error.ts';
import { checkpointsTable, momentsTable, writersTable } from '../tables.ts';
import type { Lane } from './lanes.ts';

/**
 * Maximum wait for the inserts of an earlier writer, in ms; after that the caller must try again.
 */
const WAIT_MS = 30_000;
const LONGEST_PAUSE_MS = 500;

/**
 * Takes over the writing of a lane from its previous writer, and from writers of another number of
 * lanes, which may share its customers. When it resolves, no insert of moments that they sent can
 * still appear: one that begins later finds a greater epoch and is refused, and running ones were
 * awaited; it resolves to the SQL condition for the new writer's inserts.
 * @throws ReadModelError `unavailable` while an earlier insert does not end.
 */
export async function claimWriting(clickhouse: ClickHouse, database: string, lane: Lane): Promise<string> {
  await syncReplicas(clickhouse, database, [writersTable.name]);
  // The smaller of two simultaneous claims is refused at its first insert.
  const epoch = epochAfter(await greatestEpoch(clickhouse, database));
  await insertInto(clickhouse, database, writersTable, [{ lanes: lane.of, lane: lane.index, epoch }]);
  // Once every replica has the claim, each of them refuses an older writer's new inserts.
  await syncReplicas(clickhouse, database, [writersTable.name]);
  const giveUpAt = performance.now() + WAIT_MS;
  for (let pauseMs = 10; (await insertsUnderWay(clickhouse, database, lane)) > 0; pauseMs *= 2) {
    if (performance.now() > giveUpAt) {
      throw new ReadModelError(
        'unavailable',
        `ClickHouse at ${clickhouse.name} has been busy for ${WAIT_MS} ms with an insert into ${database} that an earlier writer began.`,
      );
    }
    await pause(Math.min(pauseMs, LONGEST_PAUSE_MS));
  }
  await syncReplicas(clickhouse, database, [momentsTable.name, checkpointsTable.name]);
  return `(SELECT max(epoch) FROM ${database}.${writersTable.name} WHERE ${rivals(lane)}) = ${epoch}`;
}

/**
 * SQL condition: claims that may cover the same customers. `insertsUnderWay` searches running
 * INSERTs for this exact text: change both together.
 */
const rivals = ({ index, of }: Lane) => `${ofOtherNumber(of)} OR lane = ${index}`;
const ofOtherNumber = (of: number) => `lanes != ${of}`;

/**
 * The upper half increments, the lower half is random, so that two simultaneous claims get
 * different epochs.
 */
function epochAfter(epoch: bigint): bigint {
  return (((epoch >> 32n) + 1n) << 32n) | BigInt(randomInt(2 ** 32));
}

const epochRow = z.object({ epoch: z.string().transform(BigInt) });

async function greatestEpoch(clickhouse: ClickHouse, database: string): Promise<bigint> {
  const sql = `SELECT toString(max(epoch)) AS epoch FROM {database:Identifier}.${writersTable.name}`;
  const [row] = await clickhouse.query(sql, { database }, epochRow);
  return row!.epoch;
}

const countRow = z.object({ inserts: z.coerce.number() });

async function insertsUnderWay(clickhouse: ClickHouse, database: string, lane: Lane): Promise<number> {
  const [row] = await clickhouse.query(
    `SELECT count() AS inserts FROM ${systemTable(clickhouse, 'processes')} WHERE query_kind = 'Insert' AND startsWith(query, {insert:String})
       AND (position(query, {same:String}) > 0 OR position(query, {number:String}) = 0)`,
    {
      insert: `INSERT INTO ${database}.${momentsTable.name} `,
      same: `${rivals(lane)})`,
      number: `${ofOtherNumber(lane.of)} OR`,
    },
    countRow,
  );
  return row!.inserts;
}
