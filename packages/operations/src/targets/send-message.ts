import { createHmac } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { guardedLookup, type LookUp, RefusedAddress } from './guarded-lookup.ts';
import type { Target } from './target.ts';
import { faultOfUrl } from './target-address.ts';

/** One message to a target. */
export interface Message {
  /** The same each time that it is sent. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

export interface SendOptions {
  readonly allowsPrivate: boolean;
  readonly signal: AbortSignal;
  /** ms since 1970. */
  readonly now: () => number;
  /** For tests: other certificates than those of Node, names of their own, less patience. */
  readonly ca?: string | undefined;
  readonly lookUp?: LookUp | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Longest time of one sending, until its answer has begun. */
export const SENDING_TIME_MAX_MS = 10_000;

/** The headers of Standard Webhooks; `at` in ms since 1970. */
export function signedHeaders(secret: string | undefined, { id, body }: Message, at: number): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

/** Sends a message once. Resolves to why the target did not take it; undefined if it did. */
export async function sendMessage(
  { url: address, secret }: Pick<Target, 'url' | 'secret'>,
  message: Message,
  { allowsPrivate, signal, now, ca, lookUp, timeoutMs = SENDING_TIME_MAX_MS }: SendOptions,
): Promise<string | undefined> {
  // The setting may have changed since the target was put.
  const fault = faultOfUrl(address, allowsPrivate);
  if (fault !== undefined) return `the address ${fault}`;
  const patience = AbortSignal.timeout(timeoutMs);
  const body = Buffer.from(message.body);
  const url = new URL(address);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  try {
    const sent = send(url, {
      method: 'POST',
      // Neither kept connections nor proxies of the environment: each sending is looked up anew.
      agent: false,
      lookup: guardedLookup(allowsPrivate, lookUp),
      signal: AbortSignal.any([signal, patience]),
      headers: {
        'content-type': message.contentType,
        'content-length': body.length,
        'user-agent': 'touchstone',
        ...signedHeaders(secret, message, now()),
      },
      ...(ca !== undefined && { ca }),
    });
    const { statusCode = 0 } = await answerOf(sent, body);
    // Nobody needs the rest of the answer.
    sent.destroy();
    return faultOfStatus(statusCode);
  } catch (error) {
    if (patience.aborted) return `no answer within ${timeoutMs / 1000} s`;
    return reasonOf(error as NodeJS.ErrnoException);
  }
}

function answerOf(sent: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve);
    // A listener stays for errors that come after the answer.
    sent.on('error', reject);
    sent.end(body);
  });
}

function faultOfStatus(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`;
  return `answered ${status}`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed without an answer',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up',
  ABORT_ERR: 'it was given up, because this process stops',
};

/** Words that tell neither the path nor the parameters of an address, which may be secrets. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error instanceof RefusedAddress) return error.message;
  const { code } = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  return (code !== undefined && WORDS[code]) || `the connection failed (${code ?? error.name})`;
}
