import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, Statement } from './engine.ts';

/**
 * A cluster server, as far as one embedded engine can imitate it: it knows the cluster and its
 * macros, parses every statement in full, and refuses those that would leave replicas with
 * different tables. Before execution it removes the parts that need other servers: ON CLUSTER
 * queues and replicated table engines.
 */
export interface ClusterRules {
  readonly name: string;
  readonly shards: number;
  readonly replicas: number;
  readonly macros: Readonly<Record<string, string>>;
}

/** Writes the `config.xml` that the engine reads from its process's working folder. */
export function enterCluster({ name, shards, replicas, macros }: ClusterRules, folder: string): void {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const replica = '<replica><host>127.0.0.1</host><port>9000</port></replica>';
  const shard = `<shard>${replica.repeat(replicas)}</shard>`;
  const defined = Object.entries(macros).map(([macro, value]) => `<${macro}>${value}</${macro}>`);
  writeFileSync(
    join(home, 'config.xml'),
    `<clickhouse><macros>${defined.join('')}</macros><remote_servers><${name}>${shard.repeat(shards)}</${name}></remote_servers></clickhouse>`,
  );
  process.chdir(home);
}

const DEFINES = /^\s*(?:CREATE|DROP|ALTER|RENAME|EXCHANGE|TRUNCATE)\b/i;
const SYNC = /^\s*SYSTEM SYNC REPLICA\b/i;

/**
 * The engine acting as one of the replicas. `told` receives each statement for all replicas,
 * unchanged but without comments.
 */
export function asReplica(engine: Engine, rules: ClusterRules, told: (sql: string) => void): Engine {
  async function prepared(statement: Statement): Promise<Statement> {
    const bare = statement.sql.replace(/^\s*--[^\n]*\n/gm, '');
    if (DEFINES.test(bare) || SYNC.test(bare)) {
      await engine.run({
        ...NOTHING,
        sql: 'SELECT formatQuery({sql:String})',
        parameters: new Map([['sql', tabSeparated(bare)]]),
      });
      told(bare.trim().replaceAll(/\s+/g, ' '));
    }
    const rule = brokenRule(bare, statement, rules);
    if (rule !== undefined)
      throw new Error(`Code: 36. DB::Exception: this statement ${rule}: ${bare.slice(0, 500)}. (BAD_ARGUMENTS)`);
    return { ...statement, sql: SYNC.test(bare) ? 'SELECT 1 WHERE false' : alone(statement.sql, rules) };
  }
  return {
    run: async (statement) => engine.run(await prepared(statement)),
    async *stream(statement) {
      yield* engine.stream(await prepared(statement));
    },
  };
}

const NOTHING = { data: undefined, database: undefined, settings: new Map<string, string>() };

/** Encodes a parameter like the wire protocol. */
const tabSeparated = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');

function brokenRule(
  sql: string,
  { settings, parameters }: Statement,
  { name, replicas }: ClusterRules,
): string | undefined {
  if ((DEFINES.test(sql) || SYNC.test(sql)) && !sql.includes(` ON CLUSTER '${name}'`))
    return 'is for one replica alone';
  const creates = /CREATE TABLE IF NOT EXISTS (?:\{database:Identifier\}|(?<database>\w+))\.(?<table>\w+)/.exec(
    sql,
  )?.groups;
  if (creates !== undefined) {
    const database = creates.database ?? parameters.get('database');
    const path = `'/clickhouse/tables/{shard}/${database}/${creates.table}', '{replica}'`;
    const replicates = /ENGINE = Replicated(?:Replacing)?MergeTree\((.*)\)$/m.exec(sql)?.[1]?.startsWith(path);
    if (!replicates) return `does not replicate under ${path}`;
  }
  if (/^\s*INSERT\b/i.test(sql) && settings.get('insert_quorum') !== String(replicas))
    return 'does not wait for all replicas';
  return undefined;
}

/**
 * The statement without the parts that need other servers. Tables that would replicate get a
 * comment that says so.
 */
function alone(sql: string, { name }: ClusterRules): string {
  const isCreated = /ENGINE = Replicated\w*MergeTree/.test(sql);
  return sql
    .replaceAll(` ON CLUSTER '${name}'`, '')
    .replace(/ENGINE = Replicated(\w*MergeTree)\('[^']*', '\{replica\}'(?:, )?(.*)\)$/m, 'ENGINE = $1($2)')
    .replace(/\s*$/, isCreated ? " COMMENT 'replicated'" : '')
    .replaceAll(`clusterAllReplicas('${name}', `, 'view(SELECT * FROM ')
    .replace(
      /(?<=FROM system\.tables WHERE .*)\bengine\b/gs,
      "if(comment = 'replicated', concat('Replicated', engine), engine)",
    );
}
