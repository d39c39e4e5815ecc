/**
 * Runs the server in its own process: `main.ts folder port user password [cluster]`. It reports the
 * port to its parent, and exits when the parent is gone.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip, type Gzip, gzipSync } from 'node:zlib';
import { asReplica, enterCluster } from './cluster.ts';
import { type Engine, openEngine } from './engine.ts';
import type { Fault, Order, Report } from './faults.ts';
import { type Asked, accountOf, readRequest } from './request.ts';
import { usersOf } from './users.ts';

const [folder = '', port = '0', user = '', password = '', cluster] = process.argv.slice(2);
const report = (what: Report): void => void process.send?.(what);
const engine = opened();
const users = usersOf(engine);
process.once('disconnect', () => process.exit(0));

const faults = new Map<number, Fault & { left: number }>();
const held = new Map<number, (() => void)[]>();
process.on('message', (order: Order) => {
  if (order.order === 'fail') faults.set(order.fault.id, { ...order.fault, left: order.fault.times });
  else if (order.order === 'mend') faults.clear();
  else for (const letThrough of held.get(order.id)?.splice(0) ?? []) letThrough();
});

const server = createServer((request, response) => {
  serve(request, response).catch((error: Error) => {
    console.error('the ClickHouse server of the tests failed itself:', error);
    response.destroy();
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  report({ report: 'listening', port: (server.address() as AddressInfo).port });
});

function opened(): Engine {
  if (cluster === undefined) return openEngine(folder);
  const rules = JSON.parse(cluster);
  enterCluster(rules, folder);
  return asReplica(openEngine(folder), rules, (sql) => report({ report: 'told', sql }));
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.startsWith('/ping')) return void response.end('Ok.\n');
  const account = accountOf(request);
  const asked = await readRequest(request);
  if (asked === undefined) return;
  if (account.user !== user || account.password !== password) {
    try {
      return await answer(users.asUser(asked, account), response);
    } catch (error) {
      return sendError(response, (error as Error).message);
    }
  }
  const told = await users.define(asked.sql);
  if (told !== undefined) return void response.end(told);
  const fault = [...faults.values()].find(({ matching, left }) => left > 0 && asked.sql.includes(matching));
  if (fault === undefined) return answer(asked, response);
  fault.left -= 1;
  report({ report: 'hit', id: fault.id });
  await befall(fault, asked, response);
}

async function befall({ id, kind }: Fault, asked: Asked, response: ServerResponse): Promise<void> {
  switch (kind) {
    case 'refused':
      return void response.destroy();
    case 'never answered':
      return;
    case 'executed, never answered':
      return void (await engine.run(asked));
    case 'executed, then cut':
      await engine.run(asked);
      return void response.destroy();
    case 'held': {
      const waiting = held.get(id) ?? [];
      held.set(id, waiting);
      await new Promise<void>((letThrough) => waiting.push(letThrough));
      return executeLate(id, asked, response);
    }
    case 'slow': {
      const sql = asked.sql.replace(/\bSETTINGS\b/, 'AND sleepEachRow(0.03) = 0 SETTINGS');
      return executeLate(id, { ...asked, sql }, response);
    }
    case 'answer cut': {
      const bytes = Buffer.from((await engine.run(asked)).bytes());
      const result = asked.takesGzip ? gzipSync(bytes) : bytes;
      response.writeHead(200, headersOf(asked));
      return void response.write(result.subarray(0, Math.ceil(result.length / 2)), () => response.destroy());
    }
    case 'bad gateway':
      return void response
        .writeHead(502, { 'content-type': 'text/html' })
        .end('<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>');
    case 'out of memory':
      return sendError(
        response,
        'Code: 241. DB::Exception: Memory limit (total) exceeded: would use 1.00 GiB. (MEMORY_LIMIT_EXCEEDED)',
      );
  }
}

/** Executes a statement whose client may be gone by now, and reports the result to the test. */
async function executeLate(id: number, asked: Asked, response: ServerResponse): Promise<void> {
  const error = await engine.run(asked).then(
    () => null,
    ({ message }: Error) => message,
  );
  report({ report: 'executed', id, error });
  if (error === null) response.end();
  else sendError(response, error);
}

const isQuestion = (sql: string): boolean => /^\s*(?:SELECT|WITH)\b/i.test(sql);

/** The engine writes each chunk that it streams on its own, which these formats do not survive. */
const isWhole = (sql: string): boolean => /\bFORMAT\s+(?:Parquet|JSON|CSVWithNames)\s*$/.test(sql);

async function answer(asked: Asked, response: ServerResponse): Promise<void> {
  if (isQuestion(asked.sql) && !asked.waitsForEnd && !isWhole(asked.sql))
    return answerAsItComes(engine, asked, response);
  try {
    const result = await engine.run(asked);
    const rows = String(result.rowsRead);
    const isInsert = asked.data !== undefined;
    const summary = {
      read_rows: rows,
      read_bytes: String(result.bytesRead),
      written_rows: isInsert ? rows : '0',
      written_bytes: isInsert ? String(result.bytesRead) : '0',
      total_rows_to_read: '0',
      result_rows: rows,
      result_bytes: String(result.bytesRead),
      elapsed_ns: String(Math.round(result.elapsed * 1e9)),
    };
    response.writeHead(200, { ...headersOf(asked), 'x-clickhouse-summary': JSON.stringify(summary) });
    const bytes = Buffer.from(result.bytes());
    response.end(asked.takesGzip ? gzipSync(bytes) : bytes);
  } catch (error) {
    sendError(response, (error as Error).message, asked);
  }
}

/**
 * Answers like a server without `wait_end_of_query`: an error after the first rows comes at the end
 * of an answer with status 200.
 */
async function answerAsItComes(engine: Engine, asked: Asked, response: ServerResponse): Promise<void> {
  const tag = randomBytes(8).toString('hex');
  let out: NodeJS.WritableStream | undefined;
  const begin = (): NodeJS.WritableStream => {
    if (out !== undefined) return out;
    response.writeHead(200, { ...headersOf(asked), 'x-clickhouse-exception-tag': tag });
    out = asked.takesGzip ? createGzip() : response;
    if (out !== response) (out as Gzip).pipe(response);
    return out;
  };
  try {
    for await (const chunk of engine.stream(asked)) begin().write(chunk);
    begin().end();
  } catch (error) {
    const message = `${(error as Error).message}\n`;
    if (out === undefined) return sendError(response, message, asked);
    const length = Buffer.byteLength(message);
    out.end(`\r\n__exception__\r\n${tag}\r\n${message}${length} ${tag}\r\n__exception__\r\n`);
  }
}

function headersOf({ queryId, takesGzip }: Asked): Record<string, string> {
  return {
    'content-type': 'application/x-ndjson; charset=UTF-8',
    'x-clickhouse-server-display-name': 'test',
    'x-clickhouse-query-id': queryId ?? randomUUID(),
    'x-clickhouse-timezone': 'UTC',
    'keep-alive': 'timeout=10',
    ...(takesGzip && { 'content-encoding': 'gzip' }),
  };
}

/** HTTP statuses by error number, as the server chooses them. */
const STATUS: Readonly<Record<string, number>> = { 62: 400, 60: 404, 81: 404, 456: 400, 516: 403, 159: 408 };

function sendError(response: ServerResponse, message: string, asked?: Asked): void {
  const code = /^Code: (\d+)/.exec(message)?.[1] ?? '1002';
  const head = asked === undefined ? {} : headersOf({ ...asked, takesGzip: false });
  response
    .writeHead(STATUS[code] ?? 500, { ...head, 'x-clickhouse-exception-code': code })
    .end(`${message} (version 26.7.2.1 (official build))\n`);
}
