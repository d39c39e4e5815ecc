import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { Statement } from './engine.ts';

/** A request's options besides the statement itself. */
export interface Asked extends Statement {
  readonly queryId: string | undefined;
  /** The answer is sent only after the query has finished. */
  readonly waitsForEnd: boolean;
  readonly takesGzip: boolean;
}

export interface Account {
  readonly user: string;
  readonly password: string;
}

/** URL parameters that are not query settings. */
const OWN = new Set([
  'query',
  'database',
  'user',
  'password',
  'query_id',
  'wait_end_of_query',
  'enable_http_compression',
  'buffer_size',
  'role',
]);

/**
 * Reads the whole request; `undefined` if the client disconnected before it had sent everything, in
 * which case nothing is executed.
 */
export async function readRequest(request: IncomingMessage): Promise<Asked | undefined> {
  const url = new URL(request.url ?? '/', 'http://server');
  const given = url.searchParams;
  let body: Buffer;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    body = Buffer.concat(chunks);
    if (request.headers['content-encoding'] === 'gzip') body = gunzipSync(body);
  } catch {
    return undefined;
  }
  const inUrl = given.get('query');
  const names = [...given.keys()];
  const parameters = names.filter((name) => name.startsWith('param_'));
  const settings = names.filter((name) => !name.startsWith('param_') && !OWN.has(name));
  const isInsert = inUrl !== null && /^\s*INSERT\b/i.test(inUrl);
  return {
    sql: inUrl === null ? body.toString() : isInsert ? inUrl : inUrl + body.toString(),
    data: isInsert && /\bFORMAT\s+\w+\s*$/i.test(inUrl) ? body : undefined,
    database: given.get('database') ?? (request.headers['x-clickhouse-database'] as string | undefined),
    settings: new Map(settings.map((name) => [name, given.get(name) ?? ''])),
    parameters: new Map(parameters.map((name) => [name.slice('param_'.length), given.get(name) ?? ''])),
    queryId: given.get('query_id') ?? undefined,
    waitsForEnd: given.get('wait_end_of_query') === '1',
    takesGzip: given.get('enable_http_compression') === '1' && /gzip/.test(request.headers['accept-encoding'] ?? ''),
  };
}

/** The user and password of a request, in any of the interface's three ways. */
export function accountOf(request: IncomingMessage): Account {
  const { headers } = request;
  const given = new URL(request.url ?? '/', 'http://server').searchParams;
  const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [user = '', ...password] = Buffer.from(basic, 'base64').toString().split(':');
    return { user, password: password.join(':') };
  }
  const user = headers['x-clickhouse-user'] ?? given.get('user') ?? 'default';
  const password = headers['x-clickhouse-key'] ?? given.get('password') ?? '';
  return { user: String(user), password: String(password) };
}
