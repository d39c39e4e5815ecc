import type { z } from 'zod';
import type { ClickHouse, Parameters } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';

/** Where and when a question about rows as they stand now is asked. */
export interface RowsContext {
  readonly clickhouse: ClickHouse;
  readonly generation: number;
  /** The product's now, ms since 1970. */
  readonly now: number;
}

/** Runs one SELECT with `{database:Identifier}` and `{now:Int64}` bound. */
export function ask<Row>(
  { clickhouse, generation, now }: RowsContext,
  sql: string,
  row: z.ZodType<Row>,
  params: Parameters = {},
): Promise<Row[]> {
  return clickhouse.query(sql, { now, ...params, database: databaseOf(generation) }, row);
}
