import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * True for requests whose body may arrive slowly: their route itself ends a stream that stalls.
     */
    mayStream?: (request: FastifyRequest) => boolean;
  }
}

/** Time limit for the arrival of a request body, in ms, except on routes that accept streams. */
export const BODY_ARRIVAL_MAX_MS = 60_000;

/**
 * After an early answer the server reads on within these limits, so that the sender gets to see the
 * answer.
 */
export const LINGER_MAX_MS = 3_000;
export const LINGER_BYTES_MAX = 1024 * 1024;
/**
 * The limit in bytes for callers with a key, or without keys for all: a fast sender would otherwise
 * lose the answer that asks it to retry later.
 */
export const LINGER_KNOWN_BYTES_MAX = 64 * 1024 * 1024;

/** Minimum cost of one chunk of a body, in bytes: tiny chunks are expensive too. */
const PIECE_BYTES_LEAST = 1024;

/**
 * Stops clients from holding connections with unwanted bodies: after an answer that precedes the
 * end of the body the server reads on for a while and closes the connection, and it answers 408 to
 * a body that does not arrive. `isOpen`: no keys are configured.
 */
export function closeAfterEarlyAnswers(app: FastifyInstance, isOpen: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isArriving(request) || request.routeOptions.config.mayStream?.(request) === true) return;
    const timer = setTimeout(() => {
      if (!isArriving(request) || reply.sent) return;
      reply.send(new Problem('request_timeout', `The body did not arrive within ${BODY_ARRIVAL_MAX_MS / 1000} s.`));
    }, BODY_ARRIVAL_MAX_MS);
    timer.unref();
    const stop = () => clearTimeout(timer);
    request.raw.once('end', stop);
    request.raw.once('close', stop);
  });
  app.addHook('onSend', async (request, reply) => {
    // A body sent together with its headers has arrived by the next turn of the event loop.
    if (isArriving(request)) await nextTurn();
    const isKnown = isOpen || request.caller !== null;
    closeIfEarly(request, reply, isKnown ? LINGER_KNOWN_BYTES_MAX : LINGER_BYTES_MAX);
  });
}

/** Does the same for a single answer that bypasses the hooks. */
export function closeIfEarly(request: FastifyRequest, reply: FastifyReply, bytesMax = LINGER_BYTES_MAX): void {
  if (!isArriving(request)) return;
  reply.header('connection', 'close');
  linger(request, bytesMax);
}

/** True while a part of the body has not arrived. */
function isArriving({ raw }: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
  return raw.complete === false && (encoding !== undefined || Number(length ?? 0) > 0);
}

function linger({ raw }: FastifyRequest, bytesMax: number): void {
  const { socket } = raw;
  let left = bytesMax;
  let isAnswered = false;
  const close = () => Socket.prototype.destroySoon.call(socket);
  raw.on('data', (chunk: Buffer) => {
    left -= Math.max(chunk.length, PIECE_BYTES_LEAST);
    if (left < 0 && isAnswered) close();
  });
  raw.resume();
  // Node calls this after it has written the answer, and would close at once. Closing while the
  // client still sends makes it lose the answer, so this waits for the end of the body within the
  // limits.
  socket.destroySoon = () => {
    isAnswered = true;
    if (raw.complete || left < 0) return close();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MAX_MS);
    socket.once('close', () => clearTimeout(timer));
    raw.once('end', close);
  };
}
