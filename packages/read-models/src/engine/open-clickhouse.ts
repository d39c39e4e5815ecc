/** The only file that imports ClickHouse's client. */

import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
  type QueryParams,
  type ResultSet,
} from '@clickhouse/client';
import { inSlices } from '@touchstone/runtime/time-slices';
import { type Asker, NoTurn, type Turns, turnsAt } from '@touchstone/runtime/turns';
import type { z } from 'zod';
import type { Block } from '../encoding/encode-rows.ts';
import { ReadModelError } from '../read-model-error.ts';
import type { BlockFiles } from './block-files.ts';
import { bound, quoted } from './bound-parameters.ts';
import {
  type ClickHouse,
  type Cluster,
  type ExportPart,
  type InsertConditions,
  NO_LIMITS,
  type Parameters,
  type QuestionLimits,
  type Sandbox,
} from './clickhouse.ts';
import { nameOf, serverUrl, urlAs } from './clickhouse-url.ts';
import { clusterSettings, findCluster, onCluster, withoutCluster } from './cluster.ts';
import { openEmbeddedEngine } from './embedded-engine.ts';
import type { Streaming } from './embedded-exports.ts';
import { embeddedSandbox } from './embedded-sandbox.ts';
import { embeddedExport, killing, ownSettings, sandboxPlaces } from './embedded-statements.ts';
import { exported } from './exports.ts';
import { ASKERS_LIMITS, EXPORTS_AT_ONCE, exportLimitSettings, limitSettings } from './question-limits.ts';
import { SQL_AT_ONCE } from './sandbox.ts';
import { serverStreaming } from './server-exports.ts';
import { SANDBOX_USER, sandboxPassword, serverSandbox, userStatements } from './server-sandbox.ts';
import { typedError } from './typed-error.ts';

/**
 * Makes one INSERT one block and one part, and waits for it: no thread splits or joins blocks, and
 * no server-side batching (`async_insert`) answers before the rows are there. `optimize_on_insert`
 * is off because a batch has one row per key: the search for rows to replace would double the
 * insert cost of journeys, with their arrays and maps.
 */
const INSERT_SETTINGS = `SETTINGS async_insert = 0, max_threads = 1, max_insert_threads = 1,
  min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 100000000000, max_insert_block_size = 100000000, optimize_on_insert = 0`;

type Question = QueryParams & { readonly format: 'JSONEachRow' };

/** Runs a query and cancels it when the signal aborts. Settles once the session is free again. */
type Ask = (question: Question, signal: AbortSignal) => Promise<ResultSet<'JSONEachRow'>>;

/** Runs a statement as the system's own user. */
type OwnCommand = (sql: string) => Promise<void>;

/**
 * Sessions with the engine: an embedded one runs one statement at a time, a server's client as many
 * as it has connections.
 */
interface Sessions {
  readonly writers: Turns<ClickHouseClient>;
  /** Sessions for the system's own queries, which therefore never wait for those of askers. */
  readonly own: Turns<ClickHouseClient>;
  readonly askers: Turns<Ask>;
  readonly exporters: Turns<Streaming>;
  readonly openSandbox: (own: OwnCommand, cluster: Cluster | undefined) => Promise<Sandbox>;
  readonly clients: readonly { close(): void | Promise<void> }[];
  /**
   * Files through which the embedded engine reads blocks; undefined for a server, which gets them
   * over HTTP.
   */
  readonly incoming: BlockFiles | undefined;
  /** See {@link ClickHouse.wasStopped}. */
  readonly wasStopped: boolean;
  /** Call it once everything is closed. */
  readonly noteStopped: () => void;
}

/**
 * Opens `chdb:/absolute/folder` (the embedded engine; one process per folder) or
 * `http(s)://user:password@host:8123`, with `?cluster=name` for several replicas and `?ca=file`
 * (PEM) for a private certificate authority. `limits` apply to queries of outside callers, see
 * {@link ClickHouse.forAsker}.
 * @throws ReadModelError `invalid` for another URL or an unfit cluster, `locked` if another process
 * has the folder, `corrupt`, `unavailable`, `denied`.
 */
export async function openClickHouse(given: string, limits: QuestionLimits = NO_LIMITS): Promise<ClickHouse> {
  const { url, cluster: clusterName } = withoutCluster(given);
  const name = nameOf(url);
  if (clusterName === undefined)
    return reached(name, url.startsWith('chdb:') ? await openEmbedded(name, limits) : openServer(url, limits));
  // The client's settings depend on the number of replicas.
  const asking = await reached(name, openServer(url, limits));
  const cluster = await findCluster(asking, clusterName).finally(() => asking.close());
  return reached(name, openServer(url, limits, clusterSettings(cluster)), cluster);
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

/**
 * Embedded sessions per purpose: inserts, own queries and askers' queries never wait for one
 * another. Statements queue here, because one that waits inside the engine occupies a thread of
 * Node's pool, and with all threads waiting no query starts.
 */
const SESSIONS = { writers: 2, own: 2, askers: 3 } as const;

async function openEmbedded(folder: string, limits: QuestionLimits): Promise<Sessions> {
  const { writers, own, askers } = SESSIONS;
  const { connections, openSession, outgoing, ...engine } = await openEmbeddedEngine(folder, writers + own + askers);
  const clients = connections.map((connection) => {
    // The client supports this option, but its published type lacks it.
    return createClient({ connection } as unknown as ClickHouseClientConfigOptions);
  });
  const ours = turnsAt(clients.slice(writers, writers + own));
  const limited = await Promise.all(
    clients.slice(writers + own).map((client, i) => embeddedAsk(client, i, limits, ours)),
  );
  const exporters = Array.from({ length: EXPORTS_AT_ONCE }, openSession);
  const streamings = await Promise.all(
    exporters.map((session, i) => embeddedExport(session, i, limits, outgoing, ours)),
  );
  return {
    writers: turnsAt(clients.slice(0, writers)),
    own: ours,
    askers: turnsAt(limited, ASKERS_LIMITS),
    exporters: turnsAt(streamings, ASKERS_LIMITS),
    openSandbox: async () => embeddedSandbox(folder, openSession, limits, turnsAt(sandboxPlaces(ours), ASKERS_LIMITS)),
    clients: [...clients, ...exporters],
    ...engine,
  };
}

/**
 * Queries of one embedded asker session. The embedded engine ignores abort signals, so another
 * session kills the running query, identified by this session's `log_comment` (a session runs one
 * statement at a time).
 */
async function embeddedAsk(
  client: ClickHouseClient,
  index: number,
  limits: QuestionLimits,
  own: Turns<ClickHouseClient>,
): Promise<Ask> {
  const comment = `asker ${index}`;
  // These settings last as long as the session.
  await client.command({ query: `SET ${ownSettings(limitSettings(limits), comment)}` });
  const giveUp = killing(comment, own);
  return async (question, signal) => {
    const asked = client.query(question);
    let killed: Promise<void> | undefined;
    const onLeft = () => {
      killed = giveUp(asked);
    };
    signal.addEventListener('abort', onLeft);
    try {
      return await asked;
    } finally {
      signal.removeEventListener('abort', onLeft);
      // The kill must finish before another asker's query starts in this session.
      await killed;
    }
  };
}

const nothing = () => undefined;

/** Opens separate connections for each purpose, so that none waits for another. */
function openServer(given: string, limits: QuestionLimits, more: Readonly<Record<string, string>> = {}): Sessions {
  const open = (settings: Readonly<Record<string, string>>) => {
    const { url, tls, connections } = serverUrl(given, { ...more, ...settings });
    const client = createClient({ url, ...tls, log: { level: ClickHouseLogLevel.OFF } });
    return { client, connections };
  };
  const ofQuestions = Object.entries({ ...limitSettings(limits), cancel_http_readonly_queries_on_client_close: 1 });
  const writers = open({});
  const own = open({});
  const askers = open(
    Object.fromEntries(ofQuestions.map(([name, value]) => [`clickhouse_setting_${name}`, `${value}`])),
  );
  const ask: Ask = (question, signal) => askers.client.query({ ...question, abort_signal: signal });
  const exporters = open(settingsOfExports(limits));
  const streaming = serverStreaming(async ({ sql, params, format }, signal) => {
    const { stream, response_headers } = await exporters.client.exec({
      query: `${sql} FORMAT ${format}`,
      query_params: params,
      abort_signal: signal,
    });
    return { stream, exceptionTag: response_headers['x-clickhouse-exception-tag']?.toString() };
  });
  const clients = [writers.client, own.client, askers.client, exporters.client];
  return {
    writers: turnsAt(Array.from({ length: writers.connections }, () => writers.client)),
    own: turnsAt(Array.from({ length: own.connections }, () => own.client)),
    askers: turnsAt(
      Array.from({ length: askers.connections }, () => ask),
      ASKERS_LIMITS,
    ),
    exporters: turnsAt(
      Array.from({ length: EXPORTS_AT_ONCE }, () => streaming),
      ASKERS_LIMITS,
    ),
    openSandbox: (command, cluster) => openServerSandbox(given, limits, { command, cluster, clients }),
    clients,
    incoming: undefined,
    wasStopped: false,
    noteStopped: nothing,
  };
}

/** Creates the user of the sandbox, who gets a client for each database. */
async function openServerSandbox(
  given: string,
  limits: QuestionLimits,
  { command, cluster, clients }: { command: OwnCommand; cluster: Cluster | undefined; clients: ClickHouseClient[] },
): Promise<Sandbox> {
  const password = sandboxPassword(decodeURIComponent(new URL(given).password));
  for (const statement of userStatements(password, limits, cluster)) await command(statement);
  const byDatabase = new Map<string, ClickHouseClient>();
  const clientOf = (database: string): ClickHouseClient => {
    const { url, tls } = urlAs(given, { user: SANDBOX_USER, password, database });
    const client = byDatabase.get(database) ?? createClient({ url, ...tls, log: { level: ClickHouseLogLevel.OFF } });
    if (!byDatabase.has(database)) clients.push(client);
    byDatabase.set(database, client);
    return client;
  };
  const send = async (query: string, database: string, signal: AbortSignal) =>
    (await clientOf(database).exec({ query, abort_signal: signal })).stream;
  const places = turnsAt(Array.from({ length: SQL_AT_ONCE }), ASKERS_LIMITS);
  return serverSandbox(nameOf(given), { command, send }, cluster, places);
}

/** An answer to an export comes as it is made, and its last row may come long after its first. */
function settingsOfExports(limits: QuestionLimits): Readonly<Record<string, string>> {
  const settings = {
    ...exportLimitSettings(limits),
    cancel_http_readonly_queries_on_client_close: 1,
    wait_end_of_query: 0,
  };
  return {
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`clickhouse_setting_${name}`, `${value}`])),
    ...(limits.exportTimeMaxMs ? { request_timeout: String(limits.exportTimeMaxMs) } : {}),
  };
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the methods of one port over one state.
function overSessions(name: string, sessions: Sessions, cluster: Cluster | undefined): ClickHouse {
  const { writers, own, askers, exporters, openSandbox, clients, incoming, wasStopped, noteStopped } = sessions;
  const closing = new AbortController();
  const damageListeners = new Set<(error: ReadModelError) => void>();
  const isOurs = incoming !== undefined;
  const underWay = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;

  const assertOpen = () => {
    if (closed !== undefined) throw new ReadModelError('closed', `The read model ${name} is closed.`);
  };

  async function run<T>(work: () => Promise<T>, asker?: Asker): Promise<T> {
    assertOpen();
    const working = work();
    underWay.add(working);
    try {
      return await working;
    } catch (error) {
      if (asker?.signal.aborted) throw new NoTurn('left');
      const typed = typedError(name, error, asker !== undefined);
      if (typed instanceof ReadModelError && typed.code === 'corrupt')
        for (const listener of damageListeners) listener(typed);
      throw typed;
    } finally {
      underWay.delete(working);
    }
  }

  const answered = <Row>(
    ask: (question: Question) => Promise<ResultSet<'JSONEachRow'>>,
    [sql, params, row]: [string, Parameters, z.ZodType<Row>],
    asker?: Asker,
  ) =>
    run(async () => {
      const answer = await ask({ query: sql, format: 'JSONEachRow', ...bound(isOurs, params) });
      const rows: Row[] = [];
      await inSlices(await answer.json(), (value) => void rows.push(row.parse(value)));
      return rows;
    }, asker);
  const command = (sql: string, params: Parameters = {}) =>
    run(async () => {
      await writers.take(undefined, (client) => client.command({ query: sql, ...bound(isOurs, params) }));
    });

  async function* exporting(asker: Asker, parts: readonly ExportPart[]): AsyncGenerator<Uint8Array> {
    assertOpen();
    let finish: () => void = nothing;
    // An export counts as under way until its last part is given, and `close` ends it.
    const giving = new Promise<void>((resolve) => {
      finish = resolve;
    });
    underWay.add(giving);
    try {
      const signal = AbortSignal.any([asker.signal, closing.signal]);
      yield* exported(exporters, { name: asker.name, signal }, parts);
    } catch (error) {
      throw typedError(name, error, true);
    } finally {
      underWay.delete(giving);
      finish();
    }
  }

  const clickhouse: ClickHouse = {
    name,
    cluster,
    isOurs,
    wasStopped,
    onDamage: (listener) => void damageListeners.add(listener),
    query: (...question) => answered((asked) => own.take(undefined, (client) => client.query(asked)), question),
    forAsker: (asker) => ({
      ...clickhouse,
      query: (...question) =>
        answered((asked) => askers.take(asker, (ask) => ask(asked, asker.signal)), question, asker),
    }),
    export: exporting,
    openSandbox: () => openSandbox(command, cluster),
    command,
    define: async (sql, params) =>
      command(cluster === undefined ? sql : onCluster(sql, cluster.name, params?.database?.toString()), params),
    insert: (table, block, conditions) => run(() => insertBlock(sessions, table, block, conditions)),
    close: () => {
      closing.abort();
      closed ??= (async () => {
        await Promise.allSettled(underWay);
        await Promise.all(clients.map((client) => client.close()));
        noteStopped();
      })();
      return closed;
    },
  };
  return clickhouse;
}

/**
 * The embedded engine accepts no binary block with a statement, but reads one from a file, several
 * times faster than any text format.
 */
async function insertBlock(
  { writers, incoming }: Sessions,
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
  if (incoming === undefined) {
    const query = `${into} SELECT * FROM input(${structure}) ${where} ${INSERT_SETTINGS} FORMAT Native`;
    await writers.take(undefined, async (client) => {
      const values = Readable.from(block.bytes, { objectMode: false });
      const { stream } = await client.exec({ query, values });
      await drain(stream);
    });
    return;
  }
  await incoming.lend(table.slice(table.indexOf('.') + 1), block.bytes, (file) => {
    // Without conditions there is no SELECT to plan, which saves a tenth of an insert of several
    // thousand rows.
    const query =
      where === ''
        ? `${into} FROM INFILE ${quoted(file)} ${INSERT_SETTINGS} FORMAT Native`
        : `${into} SELECT * FROM file(${quoted(file)}, Native, ${structure}) ${where} ${INSERT_SETTINGS}`;
    return writers.take(undefined, (client) => client.command({ query }));
  });
}

const FENCED = 'another writer has taken this generation over';

async function drain(stream: Readable): Promise<void> {
  for await (const _ of stream);
}
