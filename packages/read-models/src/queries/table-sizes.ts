import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';

const row = z.object({ table: z.string(), rows: count, parts: count, bytes: count });
export type TableSize = z.infer<typeof row>;

/**
 * A generation's size on disk, by table; rows include replaced ones that no merge has removed yet.
 * Empty tables are omitted.
 */
export async function tableSizes(clickhouse: ClickHouse, generation: number): Promise<TableSize[]> {
  return clickhouse.query(
    `SELECT table, sum(system.parts.rows) AS rows, count() AS parts, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = {database:String} GROUP BY table ORDER BY table`,
    { database: databaseOf(generation) },
    row,
  );
}
