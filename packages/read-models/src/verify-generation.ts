import { z } from 'zod';
import type { ClickHouse } from './clickhouse.ts';
import { databaseOf } from './generations.ts';
import { readCheckpoint } from './write-batch.ts';

/** What a table holds up to the checkpoint, against what was written there. */
export interface Verification {
  readonly isWhole: boolean;
  /** What is wrong, in words; empty if nothing is. */
  readonly faults: readonly string[];
}

const countsRow = z.object({ moments: z.coerce.number(), parked: z.coerce.number() });

/**
 * Whether a generation still has what its checkpoint says. A kill of the process loses nothing; a loss of power may lose the last
 * parts, and then the generation must be rebuilt.
 */
export async function verifyGeneration(clickhouse: ClickHouse, generation: number): Promise<Verification> {
  const checkpoint = await readCheckpoint(clickhouse, generation);
  const [counts] = await clickhouse.query(
    `SELECT (SELECT count() FROM {database:Identifier}.moments WHERE position <= {position:UInt64}) AS moments,
            (SELECT count() FROM {database:Identifier}.parked FINAL WHERE position <= {position:UInt64}) AS parked`,
    { database: databaseOf(generation), position: checkpoint.position },
    countsRow,
  );
  const faults = (['moments', 'parked'] as const)
    .filter((table) => counts![table] !== checkpoint[table])
    .map(
      (table) =>
        `${table} has ${counts![table]} rows up to position ${checkpoint.position}; ${checkpoint[table]} were written`,
    );
  return { isWhole: faults.length === 0, faults };
}
