import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { readMigrations } from '../migrations/migrate.ts';
import type { ClickHouse } from './clickhouse.ts';
import { onCluster, withoutCluster } from './cluster.ts';
import { openClickHouse } from './open-clickhouse.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
let clickhouse: ClickHouse;
beforeAll(async () => {
  clickhouse = await openClickHouse(`chdb:${folder}`);
});
afterAll(async () => {
  await clickhouse.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The statement as formatted by the engine's own parser. */
async function parsed(sql: string): Promise<string> {
  const [row] = await clickhouse.query(
    'SELECT formatQuery({sql:String}) AS sql',
    { sql },
    z.object({ sql: z.string() }),
  );
  return row!.sql;
}

const statements = (['meta', 'generation'] as const)
  .flatMap((scope) => readMigrations(scope))
  .flatMap(({ name, sql }) => sql.split(/;[ \t]*$/m).map((statement) => ({ name, statement })))
  .filter(({ statement }) => statement.trim() !== '');

const creating = statements.filter(({ statement }) => /CREATE TABLE/.test(statement));
const changing = statements.filter((statement) => !creating.includes(statement));

test.each(changing)(
  'on a cluster $name changes the table on every replica, and nothing else',
  async ({ statement }) => {
    const rewritten = await parsed(onCluster(statement, 'shop', 'touchstone_7'));
    expect(rewritten).toMatch(/^ALTER TABLE \{database:Identifier\}\.\w+ ON CLUSTER shop\n/);
    expect(rewritten.replace(' ON CLUSTER shop', '')).toBe(await parsed(statement));
  },
);

test.each(creating)('on a cluster $name is the same table, on every replica, replicating', async ({ statement }) => {
  const [, table] = /CREATE TABLE IF NOT EXISTS \{database:Identifier\}\.(\w+)/.exec(statement)!;
  const rewritten = await parsed(onCluster(statement, 'shop', 'touchstone_7'));
  const there = `{database:Identifier}.${table}`;
  expect(rewritten).toContain(`${there} ON CLUSTER shop\n`);
  expect(rewritten).toContain(`MergeTree('/clickhouse/tables/{shard}/touchstone_7/${table}', '{replica}'`);
  const undone = rewritten
    .replace(' ON CLUSTER shop', '')
    .replace(/Replicated(\w+)\('[^']*', '\{replica\}'(?:, )?([^\n]*)\)$/m, (_, kind, args) =>
      args ? `${kind}(${args})` : kind,
    );
  expect(undone).toBe(await parsed(statement));
});

test('databases are made and dropped, and tables changed, on every replica', () => {
  expect(onCluster('CREATE DATABASE IF NOT EXISTS touchstone', 'c', undefined)).toBe(
    "CREATE DATABASE IF NOT EXISTS touchstone ON CLUSTER 'c'",
  );
  expect(onCluster('DROP DATABASE IF EXISTS {database:Identifier} SYNC', 'c', 'd')).toBe(
    "DROP DATABASE IF EXISTS {database:Identifier} ON CLUSTER 'c' SYNC",
  );
  expect(onCluster('-- Why.\n\nALTER TABLE {database:Identifier}.a ADD COLUMN b UInt8', 'c', 'd')).toBe(
    "-- Why.\n\nALTER TABLE {database:Identifier}.a ON CLUSTER 'c' ADD COLUMN b UInt8",
  );
});

test.each([
  'CREATE TABLE a (b UInt8) ENGINE = MergeTree ORDER BY b',
  'CREATE TABLE IF NOT EXISTS d.a (b UInt8) ENGINE = MergeTree ORDER BY b',
  'CREATE TABLE IF NOT EXISTS d.a (b UInt8)\nENGINE = Log',
  'RENAME TABLE d.a TO d.b',
  'DROP DATABASE d SYNC',
])('%s, which would be for one replica alone, is refused', (sql) => {
  expect(() => onCluster(sql, 'c', 'd')).toThrow(/cluster c/);
});

test('the cluster is taken off the URL before the client sees it, and nothing else is', () => {
  expect(withoutCluster('http://u:p%40@h:8123?cluster=shop&request_timeout=5')).toEqual({
    url: 'http://u:p%40@h:8123/?request_timeout=5',
    cluster: 'shop',
  });
  for (const url of ['http://h:8123', 'http://h:8123/cluster=1', 'chdb:/data/cluster=1', 'nonsense cluster=1']) {
    expect(withoutCluster(url)).toEqual({ url, cluster: undefined });
  }
});

test.each(['http://h?cluster=', "http://h?cluster=a'b", 'http://h?cluster=a&cluster=b', 'chdb:/data?cluster=a'])(
  '%s names no cluster, and says what would',
  (url) => {
    expect(() => withoutCluster(url)).toThrow(/cluster= /);
  },
);
