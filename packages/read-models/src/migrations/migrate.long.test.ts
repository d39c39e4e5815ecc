import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { openClickHouse } from '../engine/open-clickhouse.ts';
import { META_DATABASE, type Migration, migrate, prepareMigrations, readMigrations } from './migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let clickhouse: ClickHouse;
beforeAll(async () => {
  clickhouse = await openClickHouse(`chdb:${folder}`);
  await prepareMigrations(clickhouse);
});
afterAll(async () => {
  await clickhouse.close();
  rmSync(folder, { recursive: true, force: true });
});

const migration = (name: string, sql: string, sha256 = name): Migration => ({ name, sql, sha256 });
const create = (table: string) =>
  `-- A semicolon in a comment; is no end.\nCREATE TABLE IF NOT EXISTS {database:Identifier}.${table} (a UInt8) ENGINE = MergeTree ORDER BY a;\n`;

async function tablesOf(database: string): Promise<string[]> {
  const sql = 'SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name';
  const rows = await clickhouse.query(sql, { database }, z.object({ name: z.string() }));
  return rows.map(({ name }) => name);
}

test('migrations are applied once, in order, and only what is new is applied later', async () => {
  const first = migration('0001_create_a', create('a'));
  await migrate(clickhouse, 'once', [first]);
  await clickhouse.command('INSERT INTO once.a VALUES (1)');
  const second = migration(
    '0002_widen_a',
    'ALTER TABLE {database:Identifier}.a ADD COLUMN IF NOT EXISTS b UInt8 DEFAULT 7;',
  );
  await migrate(clickhouse, 'once', [first, second]);
  await migrate(clickhouse, 'once', [first, second]);
  expect(await clickhouse.query('SELECT a, b FROM once.a', {}, z.unknown())).toEqual([{ a: 1, b: 7 }]);
  const recorded = await clickhouse.query(
    `SELECT name, sha256 FROM ${META_DATABASE}.migrations WHERE database = 'once' ORDER BY name`,
    {},
    z.unknown(),
  );
  expect(recorded).toEqual([
    { name: '0001_create_a', sha256: '0001_create_a' },
    { name: '0002_widen_a', sha256: '0002_widen_a' },
  ]);
});

test('a migration with several statements runs all of them', async () => {
  await migrate(clickhouse, 'several', [migration('0001_create_both', create('a') + create('b'))]);
  expect(await tablesOf('several')).toEqual(['a', 'b']);
});

test('an applied migration that reads differently now is refused before anything else is applied', async () => {
  await migrate(clickhouse, 'changed', [migration('0002_create_b', create('b'), 'before')]);
  const now = [migration('0001_create_a', create('a')), migration('0002_create_b', create('b'), 'after')];
  await expect(migrate(clickhouse, 'changed', now)).rejects.toMatchObject({
    code: 'migration-changed',
    message: expect.stringContaining('0002_create_b'),
  });
  expect(await tablesOf('changed')).toEqual(['b']);
});

test('a migration that fails half way is not recorded, and goes through when it is repeated', async () => {
  const broken = migration('0001_create_both', `${create('a')}CREATE NONSENSE;\n`);
  await expect(migrate(clickhouse, 'half', [broken])).rejects.toMatchObject({ code: 'query' });
  await migrate(clickhouse, 'half', [migration('0001_create_both', create('a') + create('b'))]);
  expect(await tablesOf('half')).toEqual(['a', 'b']);
});

test.each(['meta', 'generation'] as const)('each migration of scope %s bears being run twice', async (scope) => {
  const migrations = readMigrations(scope);
  expect(migrations.length).toBeGreaterThan(0);
  await migrate(clickhouse, `twice_${scope}`, migrations);
  await clickhouse.command(
    `ALTER TABLE ${META_DATABASE}.migrations DELETE WHERE database LIKE 'twice%' SETTINGS mutations_sync = 2`,
  );
  await migrate(clickhouse, `twice_${scope}`, migrations);
});

test('on a cluster, what was applied is repeated where a replica that joined later lacks it, and is recorded once', async () => {
  const first = migration('0001_create_a', create('a'));
  await migrate(clickhouse, 'joined', [first]);
  const defined: string[] = [];
  let spread = { least: 0, most: 1 };
  const onCluster: ClickHouse = {
    ...clickhouse,
    cluster: { name: 'c', replicas: 2 },
    // Simulates the other replicas, the only thing that a single engine cannot know.
    query: async (sql, params, row) =>
      sql.includes('clusterAllReplicas') ? [row.parse(spread)] : clickhouse.query(sql, params, row),
    define: async (sql) => void defined.push(sql),
  };
  await migrate(onCluster, 'joined', [first]);
  expect(defined).toEqual([expect.stringContaining('CREATE DATABASE'), expect.stringContaining('CREATE TABLE')]);
  spread = { least: 1, most: 1 };
  await migrate(onCluster, 'joined', [first]);
  expect(defined.length).toBe(2);
  const sql = `SELECT name FROM ${META_DATABASE}.migrations WHERE database = 'joined'`;
  expect(await clickhouse.query(sql, {}, z.unknown())).toEqual([{ name: '0001_create_a' }]);
});

test('migrations are numbered without a gap or a double', () => {
  for (const scope of ['meta', 'generation'] as const) {
    const numbers = readMigrations(scope).map(({ name }) => Number(name.slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  }
});
