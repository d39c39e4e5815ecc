import { z } from 'zod';
import { ReadModelError } from '../read-model-error.ts';
import type { ClickHouse, Cluster } from './clickhouse.ts';

/** Names that need no quoting in a URL, in SQL or in a Keeper path. */
const CLUSTER_NAME = /^[\w.-]+$/;

/** Removes our own parameter `cluster=` from a URL, because the client would refuse it. */
export function withoutCluster(url: string): { readonly url: string; readonly cluster: string | undefined } {
  if (!URL.canParse(url) || !url.includes('cluster=')) return { url, cluster: undefined };
  const parsed = new URL(url);
  const given = parsed.searchParams.getAll('cluster');
  if (given.length === 0) return { url, cluster: undefined };
  if (!/^https?:$/.test(parsed.protocol)) {
    throw new ReadModelError(
      'invalid',
      'cluster= is for a ClickHouse server (http or https): the embedded engine is one process.',
    );
  }
  const [cluster = ''] = given;
  if (given.length > 1 || !CLUSTER_NAME.test(cluster)) {
    throw new ReadModelError(
      'invalid',
      'cluster= of the ClickHouse URL takes one name, as remote_servers of the server has it, e.g. http://clickhouse:8123?cluster=touchstone',
    );
  }
  parsed.searchParams.delete('cluster');
  return { url: parsed.toString(), cluster };
}

const shardRow = z.object({ shards: z.coerce.number(), replicas: z.coerce.number() });
const nameRow = z.object({ name: z.string() });

/**
 * Finds the cluster and checks that it can hold a read model: it needs one shard, and macros that
 * name its replicas.
 * @throws ReadModelError `invalid` with advice, if it cannot.
 */
export async function findCluster(clickhouse: ClickHouse, name: string): Promise<Cluster> {
  const [found] = await clickhouse.query(
    'SELECT uniqExact(shard_num) AS shards, count() AS replicas FROM system.clusters WHERE cluster = {name:String}',
    { name },
    shardRow,
  );
  const { shards, replicas } = found!;
  if (replicas === 0) {
    const known = await clickhouse.query('SELECT DISTINCT cluster AS name FROM system.clusters', {}, nameRow);
    const names = known.map((row) => row.name).join(', ') || 'none';
    throw unfit(clickhouse, `knows no cluster ${name} (it knows: ${names}). Put it into remote_servers, or correct it`);
  }
  if (shards > 1) {
    throw unfit(
      clickhouse,
      `has ${shards} shards in cluster ${name}, where a read model stands on one, whole on each of its replicas. Name a cluster of one shard`,
    );
  }
  const macros = (await clickhouse.query('SELECT macro AS name FROM system.macros', {}, nameRow)).map(
    (row) => row.name,
  );
  const missing = ['shard', 'replica'].filter((macro) => !macros.includes(macro));
  if (missing.length > 0) {
    throw unfit(
      clickhouse,
      `has no macro ${missing.join(' and no macro ')}, by which replicas find each other. Define it`,
    );
  }
  return { name, replicas };
}

function unfit(clickhouse: ClickHouse, what: string): ReadModelError {
  return new ReadModelError('invalid', `ClickHouse at ${clickhouse.name} ${what}; or leave cluster= out of the URL.`);
}

/** Default client settings with a cluster, as URL parameters; the URL may override them. */
export function clusterSettings({ replicas }: Cluster): Readonly<Record<string, string>> {
  return {
    // Inserts return when every replica has the rows, so no lagging replica serves an older row,
    // checkpoint, claim or generation; while a replica is down, writing waits and reading goes on.
    // The alternative, `select_sequential_consistency`, requires inserts one at a time
    // (`insert_quorum_parallel = 0`), but batches and lanes insert in parallel.
    clickhouse_setting_insert_quorum: String(replicas),
    // Both time-outs (in ms and in s) are shorter than the client's own `request_timeout`.
    clickhouse_setting_insert_quorum_timeout: '30000',
    // Our writer decides which rows are repeats; plain tables do not deduplicate either.
    clickhouse_setting_insert_deduplicate: '0',
    clickhouse_setting_distributed_ddl_task_timeout: '30',
  };
}

/**
 * Rewrites a statement that defines databases or tables to run on all replicas, with replicated
 * tables. Migrations keep one source text, which their hashes cover; `database` is the value of
 * `{database:Identifier}`.
 * @throws ReadModelError `invalid` for an unknown form of statement: it would silently run on one
 * replica only.
 */
export function onCluster(sql: string, cluster: string, database: string | undefined): string {
  const form = FORMS.find(({ head }) => head.test(sql));
  if (form === undefined) {
    throw new ReadModelError(
      'invalid',
      `This statement cannot be run on cluster ${cluster}: ${sql.trim().slice(0, 200)}`,
    );
  }
  const spread = sql.replace(form.head, `$1 ON CLUSTER '${cluster}'`);
  if (!form.hasEngine) return spread;
  const table = form.head.exec(sql)!.groups!.table!;
  const inDatabase = form.head.exec(sql)!.groups!.database!.startsWith('{')
    ? database
    : form.head.exec(sql)!.groups!.database;
  if (inDatabase === undefined || !ENGINE.test(spread)) {
    throw new ReadModelError(
      'invalid',
      `The table ${table} cannot be made to replicate on cluster ${cluster}: its ENGINE stands on a line of its own.`,
    );
  }
  return spread.replace(ENGINE, (_, before: string, kind: string, args: string | undefined) => {
    // Each server substitutes its own {shard} and {replica}.
    const path = `'/clickhouse/tables/{shard}/${inDatabase}/${table}', '{replica}'`;
    return `${before}Replicated${kind}(${args === undefined ? path : `${path}, ${args}`})`;
  });
}

const COMMENTS = String.raw`^(?:\s*--[^\n]*\n)*\s*`;
const NAME = String.raw`(?:\{database:Identifier\}|\w+)`;
const TABLE = String.raw`(?<database>${NAME})\.(?<table>\w+)`;

const FORMS: readonly { readonly head: RegExp; readonly hasEngine: boolean }[] = [
  { head: new RegExp(`(${COMMENTS}CREATE DATABASE IF NOT EXISTS ${NAME})`), hasEngine: false },
  { head: new RegExp(`(${COMMENTS}DROP DATABASE IF EXISTS ${NAME})`), hasEngine: false },
  { head: new RegExp(`(${COMMENTS}CREATE TABLE IF NOT EXISTS ${TABLE})`), hasEngine: true },
  { head: new RegExp(`(${COMMENTS}ALTER TABLE ${TABLE})`), hasEngine: false },
  { head: new RegExp(`(${COMMENTS}DROP TABLE IF EXISTS ${TABLE})`), hasEngine: false },
];
const ENGINE = /^([ \t]*ENGINE = )(\w*MergeTree)(?:\(([^)\n]*)\))?/m;

/**
 * Waits until each replica has every row inserted into these tables, even by inserts whose outcome
 * is unknown. Returns at once without a cluster.
 * @throws ReadModelError `unavailable` while a replica does not answer.
 */
export async function syncReplicas(clickhouse: ClickHouse, database: string, tables: readonly string[]): Promise<void> {
  const { cluster } = clickhouse;
  if (cluster === undefined) return;
  for (const table of tables)
    await clickhouse.command(`SYSTEM SYNC REPLICA ON CLUSTER '${cluster.name}' ${database}.${table} LIGHTWEIGHT`);
}

/**
 * A `system` table of all replicas, because each replica lists only its own rows. A replica that
 * does not answer is an error.
 */
export function systemTable(
  { cluster }: ClickHouse,
  table: 'processes' | 'databases' | 'tables' | 'parts' | 'detached_parts',
): string {
  return cluster === undefined ? `system.${table}` : `clusterAllReplicas('${cluster.name}', system.${table})`;
}

const spreadRow = z.object({ least: z.coerce.number(), most: z.coerce.number() });

/** Whether a database or some of its tables are missing on any replica that answers. */
export async function isIncomplete(clickhouse: ClickHouse, database: string): Promise<boolean> {
  const [spread] = await clickhouse.query(
    `SELECT min(tables) AS least, max(tables) AS most
     FROM (SELECT hostName() AS host, tcpPort() AS port, countIf(database = {database:String}) AS tables
           FROM ${systemTable(clickhouse, 'tables')} GROUP BY host, port)
     SETTINGS skip_unavailable_shards = 1`,
    { database },
    spreadRow,
  );
  return spread!.least === 0 || spread!.least < spread!.most;
}

const engineRow = z.object({ table: z.string() });

/**
 * Checks that tables created with a cluster are opened with it, and others without: otherwise rows,
 * and the tables of later migrations, would exist on one replica only.
 * @throws ReadModelError `invalid` with advice.
 */
export async function assertMadeForCluster(clickhouse: ClickHouse): Promise<void> {
  const { cluster, name } = clickhouse;
  const isStranger =
    cluster === undefined
      ? "startsWith(engine, 'Replicated')"
      : "engine LIKE '%MergeTree' AND NOT match(engine, '^(Replicated|Shared)')";
  const strangers = await clickhouse.query(
    `SELECT concat(database, '.', name) AS table FROM system.tables WHERE match(database, '^touchstone(_[0-9]+)?$') AND ${isStranger} ORDER BY table LIMIT 1`,
    {},
    engineRow,
  );
  const [stranger] = strangers;
  if (stranger === undefined) return;
  throw new ReadModelError(
    'invalid',
    cluster === undefined
      ? `${stranger.table} in ClickHouse at ${name} is replicated: put cluster=<name> into the URL, as when it was made.`
      : `${stranger.table} in ClickHouse at ${name} was made without a cluster and stands on one server alone. Take cluster=${cluster.name} out of the URL; ` +
          'or drop the databases touchstone, touchstone_1 and so on, and start again: all of them are rebuilt from the log.',
  );
}
