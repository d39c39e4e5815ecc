import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { META_DATABASE } from '../migrations/migrate.ts';
import { targetsTable } from '../tables.ts';

const TARGETS = `${META_DATABASE}.targets`;

const targetRow = z.object({ content: z.string() });
const ordinalRow = z.object({ ordinal: z.coerce.bigint() });

/** The contents of all targets, as JSON texts with their secrets. */
export async function keptTargets(clickhouse: ClickHouse): Promise<readonly string[]> {
  const sql = `SELECT argMax(content, ordinal) AS content FROM ${TARGETS} GROUP BY name HAVING content != '' ORDER BY name`;
  return (await clickhouse.query(sql, {}, targetRow)).map(({ content }) => content);
}

/** Keeps the content of a target in place of the one before; '' deletes the target. */
export async function keepTarget(clickhouse: ClickHouse, name: string, content: string): Promise<void> {
  const sql = `SELECT max(ordinal) + 1 AS ordinal FROM ${TARGETS}`;
  const [{ ordinal } = { ordinal: 1n }] = await clickhouse.query(sql, {}, ordinalRow);
  await insertInto(clickhouse, META_DATABASE, targetsTable, [{ name, ordinal, content }]);
  // Secrets that were replaced shall not stay behind.
  await clickhouse.command(`DELETE FROM ${TARGETS} WHERE name = {name:String} AND ordinal < {ordinal:UInt64}`, {
    name,
    ordinal,
  });
}
