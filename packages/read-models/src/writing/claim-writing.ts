import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { syncReplicas, systemTable } from '../engine/cluster.ts';
import { ReadModelError } from '../read-model-error.ts';
import { checkpointsTable, momentsTable, writersTable } from '../tables.ts';
import type { Lane } from './lanes.ts';

/** How long the inserts of an earlier writer are waited for; then whoever asked is told to try again. */
const WAIT_MS = 30_000;
const LONGEST_PAUSE_MS = 500;

/**
 * Takes the writing of a lane over from whoever had it, and from whoever wrote for a part of its customers when they were shared out otherwise. When it
 * resolves, no insert of moments that they sent before can appear any more, however late a server gets it or finishes it: one that begins from now
 * on finds a greater epoch than its own and is refused, and those that had begun are waited for. Resolves to the claim that inserts are made under.
 *
 * Of two that claim at once one is refused when it first inserts. On a cluster all replicas are asked, and in the end have the same.
 * @throws ReadModelError `unavailable` while an earlier insert does not end.
 */
export async function claimWriting(clickhouse: ClickHouse, database: string, lane: Lane): Promise<string> {
  await syncReplicas(clickhouse, database, [writersTable.name]);
  const epoch = epochAfter(await greatestEpoch(clickhouse, database));
  await insertInto(clickhouse, database, writersTable, [{ lanes: lane.of, lane: lane.index, epoch }]);
  // Only now does every replica refuse what begins later.
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

/** In SQL: whose writers may have the same customers. It is also how the inserts of a lane are known by their text. */
const rivals = ({ index, of }: Lane) => `${ofOtherNumber(of)} OR lane = ${index}`;
const ofOtherNumber = (of: number) => `lanes != ${of}`;

/** Greater than the one before by its upper half; the lower half is chance, so that two who claim at once do not claim the same. */
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
