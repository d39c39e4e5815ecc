import { z } from 'zod';
import { decodeProof, emptyProof, provenTables } from '../encoding/row-proof.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { isMomentAsOf, isParkedAsOf } from '../queries/parked-as-of.ts';
import { ReadModelError } from '../read-model-error.ts';
import { brokenParts, CHECKED_WHOLE_MAX_BYTES, partsOf } from './check-parts.ts';
import { databaseOf } from './generations.ts';
import { shownProofs } from './shown-proof.ts';

/** Result of comparing the tables up to the checkpoint with the rows that were written. */
export interface Verification {
  readonly isWhole: boolean;
  /** Description of each fault; empty if there is none. */
  readonly faults: readonly string[];
  /**
   * Null if every table was compared with its checkpoint. Otherwise a killed run left rows beyond
   * the checkpoint, and a full comparison is possible once the projection has reached this
   * position.
   */
  readonly heldFrom: bigint | null;
}

/**
 * Lanes that earlier calls have compared. A caller that tries again until no lane writes passes
 * them on, so that no lane must be at rest twice.
 */
export type ComparedLanes = Set<string>;

const behindRow = z.object({ customers: z.coerce.number(), journeys: z.coerce.number() });

/**
 * Only these latest positions are checked, because a power loss can only lose recent writes: merged
 * parts stay on disk for minutes, far longer than the system delays writes.
 */
const RECENT_POSITIONS = 1_000_000n;

/** SQL: number of rows of a table that are older than the latest moment about them. */
const behind = (table: string, key: string, where = '') => `
  SELECT count()
  FROM (SELECT ${key}, max(position) AS latest FROM {database:Identifier}.moments
        WHERE position > {recent:UInt64} AND position <= {position:UInt64} AND ${isMomentAsOf('{position:UInt64}')} ${where}
        GROUP BY ${key}) AS recent
  LEFT JOIN (SELECT ${key}, max(version) AS known FROM {database:Identifier}.${table}
             WHERE version > {recent:UInt64} GROUP BY ${key}) AS written USING (${key})
  WHERE known < latest`;

/**
 * Checks whether a generation still has all that its checkpoints claim; other processes may write
 * meanwhile. A kill loses nothing; a power loss may lose the last parts of each table, and then the
 * generation must be rebuilt.
 */
export async function verifyGeneration(
  clickhouse: ClickHouse,
  generation: number,
  compared: ComparedLanes = new Set(),
): Promise<Verification> {
  const database = databaseOf(generation);
  const broken = await brokenWhereDoubted(clickhouse, database);
  if (broken.length > 0) return { isWhole: false, faults: broken, heldFrom: null };
  try {
    return await holdToCheckpoints(clickhouse, database, compared);
  } catch (error) {
    if (!isLoss(error)) throw error;
    return { isWhole: false, faults: [(error as Error).message], heldFrom: null };
  }
}

/** True for the errors by which the engine reports a missing or unreadable table or file. */
function isLoss(error: unknown): boolean {
  return error instanceof ReadModelError && (error.code === 'corrupt' || error.code === 'query');
}

/**
 * The broken parts, if there is reason to look: the engine has detached some, its last process did
 * not stop cleanly, or there is little to read.
 */
async function brokenWhereDoubted(clickhouse: ClickHouse, database: string): Promise<readonly string[]> {
  const { bytes, detached } = await partsOf(clickhouse, database);
  const isDoubted = clickhouse.isOurs && (!clickhouse.wasStopped || bytes <= CHECKED_WHOLE_MAX_BYTES);
  return isDoubted || detached > 0 ? brokenParts(clickhouse, database) : [];
}

async function holdToCheckpoints(
  clickhouse: ClickHouse,
  database: string,
  compared: ComparedLanes,
): Promise<Verification> {
  const lanes = await leadingLanes(clickhouse, database);
  const position = leastOf(lanes);
  const recent = position > RECENT_POSITIONS ? position - RECENT_POSITIONS : 0n;
  const [rows] = await clickhouse.query(
    `SELECT (${behind('customers', 'customer_id')}) AS customers,
            (${behind('journeys', 'customer_id, journey_id', "AND journey_id != ''")}) AS journeys`,
    { database, position, recent },
    behindRow,
  );
  const stale = (['customers', 'journeys'] as const)
    .filter((table) => rows![table] > 0)
    .map((table) => `${table} has ${rows![table]} rows that are missing or older than the moments they tell of`);
  const { differing, heldFrom } = await differingProofs(clickhouse, database, lanes, compared);
  const faults = [...(await miscounted(clickhouse, database, lanes)), ...stale, ...differing];
  return { isWhole: faults.length === 0, faults, heldFrom };
}

const laneOf = (lanes: number) => (lanes === 1 ? '0' : `kafkaMurmurHash(customer_id) % ${lanes}`);
const whoseOf = (lane: number, lanes: number) => (lanes === 1 ? '' : ` of lane ${lane} of ${lanes}`);

/**
 * Compares each lane's visible rows with the proof in its checkpoint. Lanes with an unknown proof
 * or with later rows are skipped; the latter count for `heldFrom` unless compared before.
 */
async function differingProofs(
  clickhouse: ClickHouse,
  database: string,
  lanes: readonly LaneRow[],
  compared: ComparedLanes,
): Promise<{ readonly differing: readonly string[]; readonly heldFrom: bigint | null }> {
  const differing: string[] = [];
  let heldFrom: bigint | null = null;
  if (lanes.length === 0 || lanes.every(({ proof }) => proof === null)) return { differing, heldFrom };
  const shown = await shownProofs(clickhouse, database, laneOf(lanes.length));
  for (const { lane, position, proof } of lanes) {
    if (proof === null) continue;
    const { proof: found, upTo } = shown.get(lane) ?? { proof: emptyProof(), upTo: 0n };
    const name = `${lane} of ${lanes.length}`;
    if (upTo > position) {
      if (!compared.has(name) && (heldFrom === null || upTo > heldFrom)) heldFrom = upTo;
      continue;
    }
    compared.add(name);
    for (const table of provenTables) {
      const [here, written] = [found[table], proof[table]];
      if (here.rows === written.rows && here.sum === written.sum) continue;
      const what =
        here.rows === written.rows
          ? `${here.rows} rows that do not all say what was written last`
          : `${here.rows} rows; ${written.rows} were written`;
      differing.push(`${table}${whoseOf(lane, lanes.length)} has, up to position ${position}, ${what}`);
    }
  }
  return { differing, heldFrom };
}

const laneRow = z.object({
  lane: z.number(),
  position: z.string().transform(BigInt),
  moments: z.coerce.number(),
  parked: z.coerce.number(),
  proof: z.string().transform(decodeProof),
});
type LaneRow = z.infer<typeof laneRow>;

/**
 * The checkpoints of all lanes, in order, for the number of lanes that has progressed furthest;
 * none before the first batch.
 */
async function leadingLanes(clickhouse: ClickHouse, database: string): Promise<LaneRow[]> {
  return clickhouse.query(
    `WITH latest AS (
       SELECT lanes, lane, max(checkpoints.position) AS reached, argMax(moments, checkpoints.position) AS moments,
              argMax(parked, checkpoints.position) AS parked, argMax(checkpoints.proof, checkpoints.position) AS proof
       FROM {database:Identifier}.checkpoints GROUP BY lanes, lane)
     SELECT lane, toString(reached) AS position, moments, parked, proof FROM latest
     WHERE lanes = (SELECT lanes FROM latest GROUP BY lanes HAVING count() = lanes ORDER BY min(reached) DESC, lanes LIMIT 1)
     ORDER BY lane`,
    { database },
    laneRow,
  );
}

function leastOf(lanes: readonly LaneRow[]): bigint {
  let least = lanes[0]?.position ?? 0n;
  for (const { position } of lanes) if (position < least) least = position;
  return least;
}

const countRow = z.object({ lane: z.coerce.number(), rows: z.coerce.number() });

/** Compares the row counts of each lane with its own checkpoint. */
async function miscounted(clickhouse: ClickHouse, database: string, lanes: readonly LaneRow[]): Promise<string[]> {
  if (lanes.length === 0) return [];
  const lane = laneOf(lanes.length);
  const reached = `CAST([${lanes.map(({ position }) => position).join(', ')}], 'Array(UInt64)')[${lane} + 1]`;
  const faults: string[] = [];
  for (const [table, from, isThere] of [
    ['moments', 'moments', isMomentAsOf(reached)],
    ['parked', 'parked FINAL', isParkedAsOf(reached)],
  ] as const) {
    const found = await clickhouse.query(
      `SELECT ${lane} AS lane, count() AS rows FROM {database:Identifier}.${from}
       WHERE position <= ${reached} AND ${isThere} GROUP BY lane`,
      { database },
      countRow,
    );
    for (const written of lanes) {
      const rows = found.find((one) => one.lane === written.lane)?.rows ?? 0;
      if (rows === written[table]) continue;
      faults.push(
        `${table} has ${rows} rows${whoseOf(written.lane, lanes.length)} up to position ${written.position}; ${written[table]} were written`,
      );
    }
  }
  return faults;
}
