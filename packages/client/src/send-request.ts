import { setTimeout as wait } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import { TouchstoneError, toProblemDocument, UnreachableError } from './touchstone-error.ts';

export interface ClientOptions {
  /** Where Touchstone answers, e.g. `http://127.0.0.1:4700` or `https://example.org/touchstone`. */
  readonly url: string;
  /** `tsk_…`; needed where the server has keys. */
  readonly key?: string | undefined;
  /** Greatest number of retries after 429, 503 or a broken connection; default 8. */
  readonly retries?: number | undefined;
  /** Timeout of one try, from sending to the end of the answer. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

const BACKOFF = { firstMs: 200, longestMs: 20_000 };

/** Problem code of a query over its cost limit: a retry would cost as much, so none is made. */
const TOO_COSTLY = 'too_costly';

/**
 * Sends one request, parses the JSON of its answer, and retries after 429, 503 and broken
 * connections: with exponential back-off, never before `Retry-After`, and not after `too_costly`.
 * Touchstone's requests are idempotent, so a retry is safe.
 * @throws TouchstoneError for any other answer that is not 2xx.
 * @throws UnreachableError when the connection still fails at the last try.
 */
export async function sendRequest(client: ClientOptions, path: string, options: RequestOptions = {}): Promise<unknown> {
  const { body } = await sendForText(client, path, options);
  return body === '' ? undefined : JSON.parse(body);
}

export interface TextAnswer {
  readonly body: string;
  readonly headers: Headers;
}

/** Like {@link sendRequest}, but returns the body as text, for answers that are not JSON. */
export async function sendForText(
  client: ClientOptions,
  path: string,
  options: RequestOptions = {},
): Promise<TextAnswer> {
  const { method = 'GET', signal } = options;
  const request = `${method} ${path.split('?', 1)[0]}`;
  for (let tried = 0; ; tried++) {
    const mayRetry = tried < (client.retries ?? 8);
    let pauseMs = backoffMs(tried, BACKOFF);
    try {
      const { status, body, headers, retryAfterMs } = await sendOnce(client, path, options);
      if (status >= 200 && status < 300) return { body, headers };
      const problem = toProblemDocument(status, body);
      if (!mayRetry || (status !== 429 && status !== 503) || problem.code === TOO_COSTLY) {
        throw new TouchstoneError(problem, request);
      }
      pauseMs = Math.max(pauseMs, retryAfterMs);
    } catch (error) {
      if (error instanceof TouchstoneError || signal?.aborted) throw error;
      if (!mayRetry) {
        const why = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
        throw new UnreachableError(`${request} at ${client.url} failed ${tried + 1} times: ${why}`, { cause: error });
      }
    }
    await wait(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

/** The address of a path of the API. The URL of the system may have a path of its own before it. */
export function addressAt({ url }: Pick<ClientOptions, 'url'>, path: string): URL {
  const base = new URL(url);
  return new URL(base.pathname.replace(/\/$/, '') + path, base);
}

async function sendOnce(
  client: ClientOptions,
  path: string,
  { method = 'GET', headers, body, signal }: RequestOptions,
) {
  const timeout = AbortSignal.timeout(client.timeoutMs ?? 60_000);
  const answer = await (client.fetch ?? fetch)(addressAt(client, path), {
    method,
    headers: { ...headers, ...(client.key === undefined ? {} : { authorization: `Bearer ${client.key}` }) },
    ...(body === undefined ? {} : { body }),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  const seconds = Number(answer.headers.get('retry-after') ?? 0);
  return {
    status: answer.status,
    body: await answer.text(),
    headers: answer.headers,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
  };
}
