import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { COMPRESSED_TYPES, THRESHOLD_BYTES } from './compress-answers.ts';
import { type Turns, turnsAt } from './turns.ts';

/** Upper limit of the answers kept, one for each path and encoding. */
const KEPT_MAX = 64;
/** Long answers that are sent at once; one address has all but one of them. */
export const LONG_AT_ONCE = 4;
/** Shorter answers do not wait for a turn. */
const LONG_BYTES = 64 * 1024;
/** A long answer that had no turn for so long is sent without one. */
const TURN_WAIT_MAX_MS = 1000;
const BROTLI_QUALITY = 6;
const KEPT_HEADERS = ['content-type', 'cache-control', 'etag', 'last-modified'] as const;

type Encoding = 'br' | 'gzip' | 'identity';

interface Kept {
  readonly body: Buffer;
  readonly encoding: Encoding;
  readonly headers: Readonly<Record<string, string>>;
}

const compressors: Readonly<Record<Encoding, (body: Buffer) => Promise<Buffer>>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (body) => promisify(gzip)(body),
  identity: async (body) => body,
};

interface Making {
  readonly done: Promise<void>;
  end(): void;
}

/**
 * Keeps the answers of this scope's routes, which never change while the process runs, as they are
 * first sent. Compressing a large one takes a core 20 ms, so those who ask at once wait for the
 * first; and addresses take turns with long ones, because sending many takes the main thread.
 */
export function keepConstantAnswers(scope: FastifyInstance, turnWaitMaxMs = TURN_WAIT_MAX_MS): void {
  const turns = turnsAt(
    Array.from({ length: LONG_AT_ONCE }, (_, place) => place),
    { waitingMax: Number.POSITIVE_INFINITY, waitMaxMs: turnWaitMaxMs },
  );
  const kept = new Map<string, Kept>();
  const making = new Map<string, Making>();

  function beginMaking(key: string): Making {
    let end = () => {};
    const done = new Promise<void>((resolve) => {
      end = resolve;
    });
    const one: Making = {
      done,
      end: () => {
        if (making.get(key) === one) making.delete(key);
        end();
      },
    };
    making.set(key, one);
    return one;
  }

  scope.addHook('preHandler', async (request, reply) => {
    // Other answers are sent uncompressed.
    request.headers['x-no-compression'] = 'true';
    const key = keyOf(request);
    if (key === undefined) return;
    for (let other = making.get(key); other !== undefined; other = making.get(key)) await other.done;
    const answer = kept.get(key);
    if (answer === undefined) {
      reply.raw.once('close', beginMaking(key).end);
      return;
    }
    const { headers, body } = answer;
    reply.headers(headers);
    if (headers.etag !== undefined && request.headers['if-none-match'] === headers.etag) return reply.code(304).send();
    if (body.length >= LONG_BYTES) await turnToSend(turns, request, reply);
    return sendAs(reply, answer).send(body);
  });

  scope.addHook('onSend', async (request, reply, payload) => {
    const key = keyOf(request);
    if (key === undefined || kept.has(key)) return payload;
    try {
      if (reply.statusCode !== 200 || kept.size === KEPT_MAX) return payload;
      const answer = await compressed(request, reply, await bytesOf(payload));
      kept.set(key, answer);
      sendAs(reply, answer);
      return answer.body;
    } finally {
      making.get(key)?.end();
    }
  });
}

/** Waits for a turn, which ends when the answer is sent or its caller has left. */
function turnToSend(turns: Turns<number>, { ip }: FastifyRequest, { raw }: FastifyReply): Promise<void> {
  // A caller that left before would never end its turn.
  if (raw.closed) return Promise.resolve();
  const leaving = new AbortController();
  const closed = new Promise<void>((end) => {
    raw.once('close', () => {
      leaving.abort();
      end();
    });
  });
  return new Promise((begin) => {
    const send = () => {
      begin();
      return closed;
    };
    turns.take({ name: ip, signal: leaving.signal }, send).catch(() => begin());
  });
}

async function compressed(request: FastifyRequest, reply: FastifyReply, body: Buffer): Promise<Kept> {
  const isShort = body.length < THRESHOLD_BYTES;
  const isText = COMPRESSED_TYPES.test(String(reply.getHeader('content-type')));
  const encoding = isText && !isShort ? encodingOf(request) : 'identity';
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)]];
  });
  return { body: await compressors[encoding](body), encoding, headers: Object.fromEntries(headers) };
}

function sendAs(reply: FastifyReply, { encoding }: Kept): FastifyReply {
  reply.removeHeader('content-length');
  return encoding === 'identity' ? reply : reply.header('content-encoding', encoding);
}

/**
 * The same for all spellings of a path. Undefined for a request that may have another answer than
 * its path says.
 */
function keyOf(request: FastifyRequest): string | undefined {
  const { method, url, headers } = request;
  if (method !== 'GET' || url.includes('?') || headers.range !== undefined) return undefined;
  return `${encodingOf(request)} ${posix.normalize(decodeURIComponent(url))}`;
}

function encodingOf({ headers }: FastifyRequest): Encoding {
  const accepted = (headers['accept-encoding'] ?? '').split(',').map((one) => one.trim().toLowerCase());
  const accepts = (name: string) =>
    accepted.some((one) => one.split(';')[0]!.trim() === name && !/;\s*q=0(?:\.0*)?$/.test(one));
  return accepts('br') ? 'br' : accepts('gzip') ? 'gzip' : 'identity';
}

async function bytesOf(payload: unknown): Promise<Buffer> {
  if (Buffer.isBuffer(payload)) return payload;
  return typeof payload === 'string' ? Buffer.from(payload) : buffer(payload as AsyncIterable<Uint8Array>);
}
