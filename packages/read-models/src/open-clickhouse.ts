/** The one file that knows ClickHouse's client. */

import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';
import type { BlockFiles } from './block-files.ts';
import type { ClickHouse, Cluster, InsertConditions, Parameter, Parameters } from './clickhouse.ts';
import { clusterSettings, findCluster, onCluster, withoutCluster } from './cluster.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';
import type { Block } from './encode-rows.ts';
import { ReadModelError } from './read-model-error.ts';
import { typedError } from './typed-error.ts';

/**
 * One INSERT is one block and one part: blocks are never cut or joined, by any thread. A server's own batching would answer before
 * the rows are there. A batch has one row of a key, so there is nothing to replace within a block: looking for it costs journeys, with their lists and maps, as much as all
 * the rest of their insert.
 */
const INSERT_SETTINGS = `SETTINGS async_insert = 0, max_threads = 1, max_insert_threads = 1,
  min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 100000000000, max_insert_block_size = 100000000, optimize_on_insert = 0`;

interface Session {
  readonly client: ClickHouseClient;
  /** Runs a statement as soon as the session can take one. */
  readonly inTurn: InTurn;
  /** Where blocks wait for the embedded engine to read them; a server is sent them. */
  readonly incoming: BlockFiles | undefined;
  inFlight: number;
}

/**
 * Open what the URL names: `chdb:/absolute/folder` (the embedded engine; one process per folder) or `http(s)://user:password@host:8123`, with
 * `?cluster=name` where that is several replicas, and `?ca=file` (PEM) where an authority of one's own has signed the certificate.
 * @throws ReadModelError `invalid` for another URL or an unfit cluster, `locked` if another process has the folder, `corrupt`, `unavailable`, `denied`.
 */
export async function openClickHouse(given: string): Promise<ClickHouse> {
  const { url, cluster: clusterName } = withoutCluster(given);
  const name = nameOf(url);
  if (clusterName === undefined)
    return reached(name, url.startsWith('chdb:') ? await openEmbedded(name) : openServer(url));
  // How many replicas there are decides what the client is set to.
  const asking = await reached(name, openServer(url));
  const cluster = await findCluster(asking, clusterName).finally(() => asking.close());
  return reached(name, openServer(url, clusterSettings(cluster)), cluster);
}

async function reached(name: string, sessions: Sessions, cluster?: Cluster): Promise<ClickHouse> {
  const clickhouse = overSessions(name, sessions, cluster);
  try {
    await clickhouse.command('SELECT 1');
  } catch (error) {
    await clickhouse.close();
    throw error;
  }
  return clickhouse;
}

interface Sessions {
  readonly writers: readonly Session[];
  readonly readers: readonly Session[];
}

function nameOf(url: string): string {
  if (url.startsWith('chdb:')) {
    const folder = url.slice('chdb:'.length);
    if (!isAbsolute(folder)) {
      throw new ReadModelError(
        'invalid',
        `${url}: the folder must be absolute, e.g. chdb:${resolve(folder || 'data')}`,
      );
    }
    return folder;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ReadModelError(
      'invalid',
      'ClickHouse is named by chdb:/absolute/folder or http(s)://user:password@host:8123',
    );
  }
  return new URL(url).origin;
}

type InTurn = <Result>(statement: () => Promise<Result>) => Promise<Result>;

/** A server takes as many as there are. */
const atOnce: InTurn = (statement) => statement();

/** One after the other, in the order in which they came. */
function oneByOne(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (statement) => {
    const result = last.then(statement);
    last = result.catch(() => undefined);
    return result;
  };
}

/**
 * One session runs one statement at a time, several run in parallel: two for inserts, two for questions, which so never wait for inserts. Statements wait for
 * their turn here: one that waits in the engine keeps one of the four threads that Node has for such work, and with all of them waiting no question begins.
 */
async function openEmbedded(folder: string): Promise<Sessions> {
  const { connections, incoming } = await openEmbeddedEngine(folder, 4);
  const sessions = connections.map((connection): Session => {
    // The option is the client's own but missing from its published type.
    const options = { connection } as unknown as ClickHouseClientConfigOptions;
    return { client: createClient(options), inTurn: oneByOne(), incoming, inFlight: 0 };
  });
  return { writers: sessions.slice(0, 2), readers: sessions.slice(2) };
}

/**
 * What the client is set to, as parameters of the URL, which may say otherwise. An answer is held back until the query is through: an error is then
 * one, never the tail of an answer. Answers are short: threads to format them cost more than they gain.
 */
const SERVER_DEFAULTS = {
  request_timeout: '60000',
  compression_request: 'true',
  compression_response: 'true',
  clickhouse_setting_wait_end_of_query: '1',
  clickhouse_setting_output_format_parallel_formatting: '0',
};

/** Connections of their own for either, so that questions never wait for inserts. */
function openServer(given: string, more: Readonly<Record<string, string>> = {}): Sessions {
  const url = new URL(given);
  const tls = authorityOf(url);
  for (const [name, value] of Object.entries({ ...SERVER_DEFAULTS, ...more })) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  const open = (): Session => ({
    client: createClient({ url, ...tls, log: { level: ClickHouseLogLevel.OFF } }),
    inTurn: atOnce,
    incoming: undefined,
    inFlight: 0,
  });
  return { writers: [open()], readers: [open()] };
}

/** Takes `ca=` off the URL: it is ours, and the client would refuse it. */
function authorityOf(url: URL): { readonly tls?: { readonly ca_cert: Buffer } } {
  const file = url.searchParams.get('ca');
  if (file === null) return {};
  url.searchParams.delete('ca');
  if (url.protocol !== 'https:') {
    throw new ReadModelError('invalid', `ca= of the ClickHouse URL is for https, and ${url.origin} is not`);
  }
  try {
    return { tls: { ca_cert: readFileSync(file) } };
  } catch (cause) {
    const { message } = cause as Error;
    throw new ReadModelError('invalid', `ca= of the ClickHouse URL names a file that cannot be read: ${message}`, {
      cause,
    });
  }
}

function overSessions(name: string, { writers, readers }: Sessions, cluster: Cluster | undefined): ClickHouse {
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  async function run<T>(pool: readonly Session[], work: (session: Session) => Promise<T>): Promise<T> {
    if (closed !== undefined) throw new ReadModelError('closed', `The read model ${name} is closed.`);
    const session = pool.reduce((least, other) => (other.inFlight < least.inFlight ? other : least));
    session.inFlight++;
    const working = work(session);
    underWay.add(working);
    try {
      return await working;
    } catch (error) {
      throw typedError(name, error);
    } finally {
      session.inFlight--;
      underWay.delete(working);
    }
  }

  const command = (sql: string, params: Parameters = {}) =>
    run(writers, async (session) => {
      await session.inTurn(() => session.client.command({ query: sql, ...bound(session, params) }));
    });

  return {
    name,
    cluster,
    isOurs: writers.every(({ incoming }) => incoming !== undefined),
    query: (sql, params, row) =>
      run(readers, async (session) => {
        const question = { query: sql, format: 'JSONEachRow', ...bound(session, params) } as const;
        const answer = await session.inTurn(() => session.client.query(question));
        return (await answer.json()).map((value) => row.parse(value));
      }),
    command,
    define: async (sql, params) =>
      command(cluster === undefined ? sql : onCluster(sql, cluster.name, params?.database?.toString()), params),
    insert: (table, block, conditions) => run(writers, (session) => insertBlock(session, table, block, conditions)),
    close: () => {
      closed ??= (async () => {
        await Promise.allSettled(underWay);
        await Promise.all([...new Set([...writers, ...readers])].map(({ client }) => client.close()));
      })();
      return closed;
    },
  };
}

/**
 * The embedded engine's own binding runs one query with parameters at a time in the whole process, so there each session is given
 * them as settings: a session runs one statement at a time, and what an earlier one left behind no later one reads.
 */
function bound(session: Session, params: Parameters) {
  if (session.incoming === undefined) return { query_params: params };
  const settings = Object.entries(params).map(([name, value]) => [`param_${name}`, asSetting(value)]);
  return { clickhouse_settings: Object.fromEntries(settings) as Record<string, string> };
}

const UNESCAPED = /[\\\t\n\r\0]/g;
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };

/** A parameter is read as a TabSeparated field. On the way the client doubles quotes, but leaves backslashes to be taken for escapes. */
function asSetting(value: Parameter): string {
  return String(value)
    .replace(UNESCAPED, (character) => ESCAPED[character]!)
    .replaceAll('\\', '\\\\');
}

/**
 * The embedded engine takes no binary block with a statement, but reads one from a file, which is several times faster than any text
 * it would take.
 */
async function insertBlock(
  session: Session,
  table: string,
  block: Block,
  { onlyIf, leaveOut }: InsertConditions = {},
): Promise<void> {
  const columns = block.columns.map(({ name }) => `\`${name}\``).join(', ');
  const structure = quoted(block.columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', '));
  const into = `INSERT INTO ${table} (${columns})`;
  const conditions = [
    ...(onlyIf === undefined ? [] : [`throwIf(NOT (${onlyIf}), ${quoted(FENCED)}) = 0`]),
    ...(leaveOut === undefined ? [] : [`NOT (${leaveOut})`]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  if (session.incoming === undefined) {
    const values = Readable.from(block.bytes, { objectMode: false });
    const query = `${into} SELECT * FROM input(${structure}) ${where} ${INSERT_SETTINGS} FORMAT Native`;
    const { stream } = await session.client.exec({ query, values });
    await drain(stream);
    return;
  }
  await session.incoming.lend(table.slice(table.indexOf('.') + 1), block.bytes, (file) => {
    // Without conditions there is no SELECT to plan, which saves a tenth of an insert of some thousand rows.
    const query =
      where === ''
        ? `${into} FROM INFILE ${quoted(file)} ${INSERT_SETTINGS} FORMAT Native`
        : `${into} SELECT * FROM file(${quoted(file)}, Native, ${structure}) ${where} ${INSERT_SETTINGS}`;
    return session.inTurn(() => session.client.command({ query }));
  });
}

const FENCED = 'another writer has taken this generation over';

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

async function drain(stream: Readable): Promise<void> {
  for await (const _ of stream);
}
