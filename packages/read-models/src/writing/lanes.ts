import { z } from 'zod';
import { decodeProof, emptyProof } from '../encoding/row-proof.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { shownProofs } from '../generations/shown-proof.ts';
import { isMomentAsOf, isParkedAsOf } from '../queries/parked-as-of.ts';
import type { Checkpoint } from '../tables.ts';

/**
 * A share of the customers, whose rows one writer writes: those whose id hashes to `index`, of `of` shares in all. The hash is the one by which
 * messages with the customer as their key are spread over as many partitions, by Java's client and by everybody who follows it.
 */
export interface Lane {
  readonly index: number;
  readonly of: number;
}

/** Everybody: one writer for the whole generation. */
export const WHOLE: Lane = { index: 0, of: 1 };

/** In SQL: whether a row is of a customer of the lane. */
export function isOfLane({ index, of }: Lane): string {
  return of === 1 ? '1' : `kafkaMurmurHash(customer_id) % ${of} = ${index}`;
}

/**
 * In SQL: the position up to which a generation holds everything. Shares of one size are all customers together, so they have come as far as the last of
 * them; where the number of shares was changed, those count that have come furthest. 0 before the first batch.
 */
export const PROJECTED = `(
  SELECT max(least) FROM (
    SELECT min(reached) AS least FROM (
      SELECT lanes, lane, max(checkpoints.position) AS reached
      FROM {database:Identifier}.checkpoints GROUP BY lanes, lane
    ) AS by_lane GROUP BY lanes HAVING count() = lanes
  ) AS by_number)`;

const positionRow = z.object({ position: z.string().transform(BigInt) });

/** Everything up to this position of the log is in the tables of the generation, whoever wrote it. */
export async function projectedTo(clickhouse: ClickHouse, generation: number): Promise<bigint> {
  const sql = `SELECT toString(${PROJECTED}) AS position`;
  const [row] = await clickhouse.query(sql, { database: databaseOf(generation) }, positionRow);
  return row!.position;
}

const writtenRow = z.object({ at: z.coerce.number() });

/** When a generation was last written to, ms since 1970 by the engine's clock; null before its first batch. */
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
 * Where a lane goes on: at its checkpoint, or where the whole generation has come to if that is further, because customers were shared out otherwise
 * before. Position `0n` before the first batch.
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
  // When it was taken over others had written beyond it; by now it may have come so far.
  return own.proof === null ? { ...own, proof: await proofUpTo(clickhouse, database, lane, own.position) } : own;
}

/** What the rows of a lane show, from which its proof goes on; null where they are of more than the position, or of versions that prove nothing. */
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

/** What the tables hold up to a position, counted there. */
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
  // Of whoever has come exactly so far; what was proven there holds for all.
  const [proven] = await readHistories(clickhouse, database, position);
  const proof = await proofUpTo(clickhouse, database, lane, position);
  return { position, ...counts!, proof, history: proven ?? '' };
}

const historyRow = z.object({ history: z.string() });

/** What the checkpoints of all lanes, or those at one position, say of the log; those that say nothing are left out. */
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

/** Proofs of what the log held when the checkpoints of a generation were written, the last of each lane. */
export function historiesOf(clickhouse: ClickHouse, generation: number): Promise<string[]> {
  return readHistories(clickhouse, databaseOf(generation));
}
