import { z } from 'zod';
import { count, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { PROJECTED } from '../writing/lanes.ts';
import { isParkedAsOf } from './parked-as-of.ts';

const row = z.object({ position, moments: count, parked: count, cut: count });
/**
 * `moments` and `parked` are counted in their tables, not copied from the checkpoints behind
 * `position`.
 */
export type ProjectedCounts = z.infer<typeof row>;

/**
 * Counts the published events that are moments, that are parked and that have left the log since.
 * At rest their sum is the number of accepted events.
 */
export async function projectedCounts(clickhouse: ClickHouse, generation: number): Promise<ProjectedCounts> {
  const rows = await clickhouse.query(
    `SELECT toString(${PROJECTED}) AS position,
            (SELECT count() FROM {database:Identifier}.moments) AS moments,
            (SELECT count() FROM {database:Identifier}.parked FINAL WHERE ${isParkedAsOf(PROJECTED)}) AS parked,
            (SELECT count() FROM {database:Identifier}.left_events FINAL) AS cut`,
    { database: databaseOf(generation) },
    row,
  );
  return rows[0]!;
}
