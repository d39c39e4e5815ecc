import type { ClickHouse } from '../src/engine/clickhouse.ts';
import { ReadModelError } from '../src/read-model-error.ts';

/** For tests: the engine with some tables cut off, as if the process had died before their inserts. */
export function withCutOff(clickhouse: ClickHouse, tables: readonly string[]): ClickHouse {
  return {
    ...clickhouse,
    insert: async (table, block, conditions) => {
      if (tables.includes(table.split('.')[1]!)) throw new ReadModelError('unavailable', `${table} is cut off`);
      await clickhouse.insert(table, block, conditions);
    },
  };
}

/** What a batch may have left undone: all tables from some one on, in the order in which they are written; or any one alone. */
export function cutsOf(tables: readonly string[]): { readonly what: string; readonly lost: readonly string[] }[] {
  return [
    ...tables.map((_, i) => ({ what: `only the first ${i} tables`, lost: tables.slice(i) })),
    ...tables.map((table) => ({ what: `everything but ${table}`, lost: [table] })),
  ];
}
