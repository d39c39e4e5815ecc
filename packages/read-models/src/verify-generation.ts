import { z } from 'zod';
import type { ClickHouse } from './clickhouse.ts';
import { databaseOf } from './generations.ts';
import { readCheckpoint } from './write-batch.ts';

/** What the tables hold up to the checkpoint, against what was written there. */
export interface Verification {
  readonly isWhole: boolean;
  /** What is wrong, in words; empty if nothing is. */
  readonly faults: readonly string[];
}

const countsRow = z.object({
  moments: z.coerce.number(),
  parked: z.coerce.number(),
  customers: z.coerce.number(),
  journeys: z.coerce.number(),
});

/**
 * Only what was written shortly before a loss of power can be lost: what a merge replaced stays for minutes, far longer than the
 * system keeps writes back.
 */
const RECENT_POSITIONS = 1_000_000n;

/** How many of a table's rows know less than the latest moment that is about them. */
const behind = (table: string, key: string, where = '') => `
  SELECT count()
  FROM (SELECT ${key}, max(position) AS latest FROM {database:Identifier}.moments
        WHERE position > {recent:UInt64} AND position <= {position:UInt64} ${where} GROUP BY ${key}) AS recent
  LEFT JOIN (SELECT ${key}, max(version) AS known FROM {database:Identifier}.${table}
             WHERE version > {recent:UInt64} GROUP BY ${key}) AS written USING (${key})
  WHERE known < latest`;

/**
 * Whether a generation still has what its checkpoint says. A kill of the process loses nothing; a loss of power may lose the last
 * parts, each table's by itself, and then the generation must be rebuilt.
 */
export async function verifyGeneration(clickhouse: ClickHouse, generation: number): Promise<Verification> {
  const checkpoint = await readCheckpoint(clickhouse, generation);
  const { position } = checkpoint;
  const recent = position > RECENT_POSITIONS ? position - RECENT_POSITIONS : 0n;
  const [counts] = await clickhouse.query(
    `SELECT (SELECT count() FROM {database:Identifier}.moments WHERE position <= {position:UInt64}) AS moments,
            (SELECT count() FROM {database:Identifier}.parked FINAL WHERE position <= {position:UInt64}) AS parked,
            (${behind('customers', 'customer_id')}) AS customers,
            (${behind('journeys', 'customer_id, journey_id', "AND journey_id != ''")}) AS journeys`,
    { database: databaseOf(generation), position, recent },
    countsRow,
  );
  const miscounted = (['moments', 'parked'] as const)
    .filter((table) => counts![table] !== checkpoint[table])
    .map(
      (table) => `${table} has ${counts![table]} rows up to position ${position}; ${checkpoint[table]} were written`,
    );
  const stale = (['customers', 'journeys'] as const)
    .filter((table) => counts![table] > 0)
    .map((table) => `${table} has ${counts![table]} rows that are missing or older than the moments they tell of`);
  const faults = [...miscounted, ...stale];
  return { isWhole: faults.length === 0, faults };
}
