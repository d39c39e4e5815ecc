import type { ClickHouse } from '@touchstone/read-models';
import { dump } from '@touchstone/read-models/testing';

/**
 * What a generation tells, table by table. Left out are the versions of rows that stand for something other than a customer: a row that says the same
 * as before is written again or not, as the log happens to be cut.
 */
export async function tablesOf(clickhouse: ClickHouse, generation: number): Promise<Record<string, unknown[]>> {
  const { checkpoints: _, ...tables } = await dump(clickhouse, generation);
  const withoutVersion = (row: unknown) => ({ ...(row as object), version: undefined });
  return Object.fromEntries(
    Object.entries(tables).map(([table, rows]) => [table, table === 'customers' ? rows : rows.map(withoutVersion)]),
  );
}
