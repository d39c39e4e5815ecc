import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { isIncomplete } from '../engine/cluster.ts';
import { ReadModelError } from '../read-model-error.ts';
import { migrationsTable } from '../tables.ts';

/** The database that all generations share. */
export const META_DATABASE = 'touchstone';

/**
 * `meta`: the tables that all generations share. `generation`: the tables that each generation has.
 */
export type Scope = 'meta' | 'generation';

export interface Migration {
  /** `NNNN_verb_table`; migrations are applied in the order of their names. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** Reads a scope's migrations from the folder beside this file. */
export function readMigrations(scope: Scope): Migration[] {
  const folder = new URL(`./${scope}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => /^\d{4}_[a-z_]+\.sql$/.test(file));
  return files.sort().map((file) => {
    const sql = readFileSync(new URL(file, folder), 'utf8');
    return { name: file.slice(0, -'.sql'.length), sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * Creates the shared database and the record of applied migrations, which cannot be created by a
 * migration, because migrations are recorded in it. A migration's row is written after its last
 * statement; a kill before that repeats the migration, so every statement must be idempotent.
 */
export async function prepareMigrations(clickhouse: ClickHouse): Promise<void> {
  // DDL waits for all replicas: one that is down must not delay a start that has nothing to create.
  if (clickhouse.cluster !== undefined && !(await isIncomplete(clickhouse, META_DATABASE))) return;
  await clickhouse.define(`CREATE DATABASE IF NOT EXISTS ${META_DATABASE}`);
  await clickhouse.define(`
    CREATE TABLE IF NOT EXISTS ${META_DATABASE}.migrations
    (
        database   String,
        name       String,
        sha256     String,
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
    )
    ENGINE = MergeTree
    ORDER BY (database, name)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`);
}

const appliedRow = z.object({ name: z.string(), sha256: z.string() });

/**
 * Migrates a database to the newest migration, in order.
 * @throws ReadModelError `migration-changed` if the text of an applied one has changed; nothing is
 * applied then.
 */
export async function migrate(
  clickhouse: ClickHouse,
  database: string,
  migrations: readonly Migration[],
): Promise<void> {
  const sql = `SELECT name, sha256 FROM ${META_DATABASE}.migrations WHERE database = {database:String}`;
  const applied = new Map(
    (await clickhouse.query(sql, { database }, appliedRow)).map((row) => [row.name, row.sha256] as const),
  );
  for (const migration of migrations) {
    const before = applied.get(migration.name);
    if (before !== undefined && before !== migration.sha256) throw changed(clickhouse, database, migration);
  }
  // A replica that joined later has none of the tables: repeating the applied migrations creates
  // them and changes nothing on the others.
  const repeats = clickhouse.cluster !== undefined && (await isIncomplete(clickhouse, database));
  const pending = repeats ? migrations : migrations.filter(({ name }) => !applied.has(name));
  if (pending.length > 0) await clickhouse.define('CREATE DATABASE IF NOT EXISTS {database:Identifier}', { database });
  for (const migration of pending) {
    for (const statement of statementsOf(migration.sql)) await clickhouse.define(statement, { database });
    if (applied.has(migration.name)) continue;
    await insertInto(clickhouse, META_DATABASE, migrationsTable, [{ database, ...migration }]);
  }
}

function changed(clickhouse: ClickHouse, database: string, migration: Migration): ReadModelError {
  return new ReadModelError(
    'migration-changed',
    `Migration ${migration.name} was applied to ${database} in ${clickhouse.name}, and reads differently now. ` +
      'An applied migration is never edited: put it back as it was, and write the change as a new one.',
  );
}

/** Splits at semicolons that end a line, because a server takes one statement at a time. */
function statementsOf(sql: string): string[] {
  return sql.split(/;[ \t]*$/m).filter((statement) => statement.replace(/^\s*--.*$/gm, '').trim() !== '');
}
