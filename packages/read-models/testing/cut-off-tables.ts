import type { ClickHouse } from '../src/engine/clickhouse.ts';
import { ReadModelError } from '../src/read-model-error.ts';

/**
 * For tests: an engine that refuses inserts into some tables, as if the process had died before
 * them.
 */
export function withCutOff(clickhouse: ClickHouse, tables: readonly string[]): ClickHouse {
  return {
    ...clickhouse,
    insert: async (table, block, conditions) => {
      if (tables.includes(table.split('.')[1]!)) throw new ReadModelError('unavailable', `${table} is cut off`);
      await clickhouse.insert(table, block, conditions);
    },
  };
}

/**
 * The possible remains of a batch: all tables from one on are missing, in the order of writing, or
 * any single table is.
 */
export function cutsOf(tables: readonly string[]): { readonly what: string; readonly lost: readonly string[] }[] {
  return [
    ...tables.map((_, i) => ({ what: `only the first ${i} tables`, lost: tables.slice(i) })),
    ...tables.map((table) => ({ what: `everything but ${table}`, lost: [table] })),
  ];
}
