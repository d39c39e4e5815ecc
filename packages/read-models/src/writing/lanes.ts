import { z } from 'zod';
import { decodeProof, emptyProof } from '../encoding/row-proof.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { shownProofs } from '../generations/shown-proof.ts';
import { isMomentAsOf, isParkedAsOf } from '../queries/parked-as-of.ts';
import type { Checkpoint } from '../tables.ts';

/**
 * A partition of the customers with one writer: those whose id hashes to `index`, out of `of`
 * partitions. The hash is the one by which Java's Kafka client, and every client that follows it,
 * assigns messages with the customer as key to partitions.
 */
export interface Lane {
  readonly index: number;
  readonly of: number;
}

/** The lane of all customers: one writer for the whole generation. */
export const WHOLE: Lane = { index: 0, of: 1 };

/** SQL condition: whether a row's customer belongs to the lane. */
export function isOfLane({ index, of }: Lane): string {
  return of === 1 ? '1' : `kafkaMurmurHash(customer_id) % ${of} = ${index}`;
}

/**
 * SQL expression: the position up to which a generation holds everything; 0 before the first batch.
 * All lanes of one partitioning together cover all customers, so the slowest lane counts; after a
 * repartition the partitioning that has progressed furthest counts.
 */
export const PROJECTED = `(
  SELECT max(least) FROM (
    SELECT min(reached) AS least FROM (
      SELECT lanes, lane, max(checkpoints.position) AS reached
      FROM {database:Identifier}.checkpoints GROUP BY lanes, lane
    ) AS by_lane GROUP BY lanes HAVING count() = lanes
  ) AS by_number)`;

const positionRow = z.object({ position: z.string().transform(BigInt) });

/**
 * The log position up to which all events are in the generation's tables, whichever writers wrote
 * them.
 */
export async function projectedTo(clickhouse: ClickHouse, generation: number): Promise<bigint> {
  const sql = `SELECT toString(${PROJECTED}) AS position`;
  const [row] = await clickhouse.query(sql, { database: databaseOf(generation) }, positionRow);
  return row!.position;
}

const writtenRow = z.object({ at: z.coerce.number() });

/**
 * Time of the generation's last write, ms since 1970 by the engine's clock; null before its first
 * batch.
 */
export async function lastWrittenAt(clickhouse: ClickHouse, generation: number): Promise<number | null> {
  const sql = 'SELECT toUnixTimestamp64Milli(max(written_at)) AS at FROM {database:Identifier}.checkpoints';
  const [row] = await clickhouse.query(sql, { database: databaseOf(generation) }, writtenRow);
  return row === undefined || row.at === 0 ? null : row.at;
}

const checkpointRow = z.object({
  position: z.string().transform(BigInt),
  moments: z.coerce.number(),
  parked: z.coerce.number(),
  proof: z.string().transform(decodeProof),
  history: z.string(),
});

/**
 * Where a lane continues: at its own checkpoint, or at the generation's position if that is
 * further, because customers were partitioned differently before. Position `0n` before the first
 * batch.
 */
export async function readCheckpoint(clickhouse: ClickHouse, generation: number, lane: Lane): Promise<Checkpoint> {
  const database = databaseOf(generation);
  const rows = await clickhouse.query(
    `SELECT toString(position) AS position, moments, parked, proof, history FROM {database:Identifier}.checkpoints
     WHERE lanes = {of:UInt32} AND lane = {index:UInt32} ORDER BY checkpoints.position DESC LIMIT 1`,
    { database, of: lane.of, index: lane.index },
    checkpointRow,
  );
  const own = rows[0] ?? { position: 0n, moments: 0, parked: 0, proof: emptyProof(), history: '' };
  const projected = await projectedTo(clickhouse, generation);
  if (projected > own.position) return countUpTo(clickhouse, database, lane, projected);
  // At the time of a takeover other writers had rows beyond it, so the proof was unknown; by now
  // the lane may have caught up.
  return own.proof === null ? { ...own, proof: await proofUpTo(clickhouse, database, lane, own.position) } : own;
}

/**
 * Proof of the lane's visible rows, from which its checkpoints continue; null if some rows are
 * beyond the position, or of versions without a proof.
 */
async function proofUpTo(
  clickhouse: ClickHouse,
  database: string,
  lane: Lane,
  position: bigint,
): Promise<Checkpoint['proof']> {
  const shown = (await shownProofs(clickhouse, database, `if(${isOfLane(lane)}, 1, 0)`)).get(1);
  if (shown === undefined) return emptyProof();
  return shown.upTo <= position && shown.isProven ? shown.proof : null;
}

const countRow = z.object({ moments: z.coerce.number(), parked: z.coerce.number() });

/** Builds a checkpoint by counting the rows of the tables up to a position. */
export async function countUpTo(
  clickhouse: ClickHouse,
  database: string,
  lane: Lane,
  position: bigint,
): Promise<Checkpoint> {
  const [counts] = await clickhouse.query(
    `SELECT (SELECT count() FROM {database:Identifier}.moments
             WHERE position <= {position:UInt64} AND ${isOfLane(lane)} AND ${isMomentAsOf('{position:UInt64}')}) AS moments,
            (SELECT count() FROM {database:Identifier}.parked FINAL
             WHERE position <= {position:UInt64} AND ${isOfLane(lane)} AND ${isParkedAsOf('{position:UInt64}')}) AS parked`,
    { database, position },
    countRow,
  );
  // The history proof of any lane at exactly this position is valid for all.
  const [proven] = await readHistories(clickhouse, database, position);
  const proof = await proofUpTo(clickhouse, database, lane, position);
  return { position, ...counts!, proof, history: proven ?? '' };
}

const historyRow = z.object({ history: z.string() });

/**
 * The history proofs in the checkpoints of all lanes, or of those at one position; checkpoints
 * without one are omitted.
 */
async function readHistories(clickhouse: ClickHouse, database: string, at?: bigint): Promise<string[]> {
  const rows = await clickhouse.query(
    `SELECT DISTINCT told AS history FROM (
       SELECT argMax(history, checkpoints.position) AS told, max(checkpoints.position) AS reached
       FROM {database:Identifier}.checkpoints GROUP BY lanes, lane)
     WHERE told != '' ${at === undefined ? '' : `AND reached = ${at}`}`,
    { database },
    historyRow,
  );
  return rows.map(({ history }) => history);
}

/** The history proofs of a generation's checkpoints, the last of each lane. */
export function historiesOf(clickhouse: ClickHouse, generation: number): Promise<string[]> {
  return readHistories(clickhouse, databaseOf(generation));
}
