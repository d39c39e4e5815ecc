import { z } from 'zod';
import type { ClickHouse, Parameters } from '../engine/clickhouse.ts';
import { systemTable } from '../engine/cluster.ts';
import { META_DATABASE } from '../migrations/migrate.ts';
import { ReadModelError } from '../read-model-error.ts';
import { sharedTables, tablesOfGeneration } from '../tables.ts';

/**
 * After a clean stop, up to this many bytes are checked in full at the next start, at some GB per
 * second; a larger generation is only compared with its proof.
 */
export const CHECKED_WHOLE_MAX_BYTES = 2 * 1024 ** 3;

const TABLES = {
  generation: tablesOfGeneration.map(({ name }) => name),
  meta: sharedTables.map(({ name }) => name),
};

const tablesOf = (database: string) => (database === META_DATABASE ? TABLES.meta : TABLES.generation);

const nameRow = z.object({ name: z.string() });

/**
 * Verifies the checksums of every part of a database and describes each fault. On a server only the
 * answering replica is checked.
 */
export async function brokenParts(clickhouse: ClickHouse, database: string): Promise<string[]> {
  const sql = `SELECT name FROM system.tables WHERE database = {database:String}`;
  const there = new Set((await clickhouse.query(sql, { database }, nameRow)).map(({ name }) => name));
  const faults: string[] = [];
  for (const table of tablesOf(database)) {
    if (!there.has(table)) {
      faults.push(`the table ${table} is missing`);
      continue;
    }
    for (const { part, isPassed, message } of await checkTable(clickhouse, database, table)) {
      if (!isPassed) faults.push(`part ${part} of ${table} is damaged: ${message.slice(0, MESSAGE_MAX)}`);
    }
  }
  return faults;
}

const MESSAGE_MAX = 200;

const checkedRow = z
  .object({ part_path: z.string(), is_passed: z.coerce.number(), message: z.string() })
  .transform(({ part_path: part, is_passed, message }) => ({ part, isPassed: is_passed === 1, message }));

function checkTable(
  clickhouse: ClickHouse,
  database: string,
  table: string,
): Promise<readonly z.output<typeof checkedRow>[]> {
  const sql = `CHECK TABLE ${database}.${table} SETTINGS check_query_single_value_result = 0`;
  return clickhouse.query(sql, {}, checkedRow);
}

const amountRow = z.object({ bytes: z.coerce.number(), detached: z.coerce.number() });

/**
 * The size of a database's parts in bytes, and how many parts the engine has detached as broken.
 */
export async function partsOf(
  clickhouse: ClickHouse,
  database: string,
): Promise<{ readonly bytes: number; readonly detached: number }> {
  const [row] = await asked(
    clickhouse,
    `SELECT (SELECT sum(bytes_on_disk) FROM ${systemTable(clickhouse, 'parts')} WHERE active AND database = {database:String}) AS bytes,
            (SELECT count() FROM ${systemTable(clickhouse, 'detached_parts')}
             WHERE database = {database:String} AND startsWith(ifNull(reason, ''), 'broken')) AS detached`,
    { database },
  );
  return row!;
}

/**
 * Returns no rows if a server's user lacks the right to this query; then there is no reason for
 * doubt.
 */
async function asked(
  clickhouse: ClickHouse,
  sql: string,
  parameters: Parameters,
): Promise<z.infer<typeof amountRow>[]> {
  try {
    return await clickhouse.query(sql, parameters, amountRow);
  } catch (error) {
    if (error instanceof ReadModelError && error.code === 'denied') return [{ bytes: 0, detached: 0 }];
    throw error;
  }
}
