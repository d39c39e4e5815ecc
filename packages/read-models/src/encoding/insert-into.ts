import type { Table } from '../columns.ts';
import type { ClickHouse, InsertConditions } from '../engine/clickhouse.ts';
import { encodeRows } from './encode-rows.ts';

/** Inserts rows as one part: all of them appear, or none. */
export async function insertInto<Row>(
  clickhouse: ClickHouse,
  database: string,
  table: Table<Row>,
  rows: readonly Row[],
  conditions?: InsertConditions,
): Promise<void> {
  if (rows.length > 0)
    await clickhouse.insert(`${database}.${table.name}`, encodeRows(table.columns, rows), conditions);
}
