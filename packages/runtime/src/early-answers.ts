import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body of such a request may take as long as it likes to arrive: its route sees to it that it moves on. */
    mayStream?: (request: FastifyRequest) => boolean;
  }
}

/** The body of a request must have arrived after so long, unless its route takes streams. */
export const BODY_ARRIVAL_MAX_MS = 60_000;

/** What is read on after an answer that came before the end of the body, so that its sender gets to see it. */
export const LINGER_MAX_MS = 3_000;
export const LINGER_BYTES_MAX = 1024 * 1024;
/** The same for callers with a key, or where none is asked for: whoever sends fast would lose the answer that says to come back later. */
export const LINGER_KNOWN_BYTES_MAX = 64 * 1024 * 1024;

/** A piece of a body costs as much as so many bytes, however small it is. */
const PIECE_BYTES_LEAST = 1024;

/**
 * Nobody holds a connection with a body that nobody wants: an answer that comes before its end closes the connection, after it was read on for a while; and a
 * body that does not arrive is answered 408. `isOpen`: there are no keys.
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
    // A body that came with its head is there by the next turn.
    if (isArriving(request)) await nextTurn();
    const isKnown = isOpen || request.caller !== null;
    closeIfEarly(request, reply, isKnown ? LINGER_KNOWN_BYTES_MAX : LINGER_BYTES_MAX);
  });
}

/** The same for one answer that no hook sees. */
export function closeIfEarly(request: FastifyRequest, reply: FastifyReply, bytesMax = LINGER_BYTES_MAX): void {
  if (!isArriving(request)) return;
  reply.header('connection', 'close');
  linger(request, bytesMax);
}

/** Some of the body is still to come. */
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
  // Called by Node once the answer is written. It would close at once, and a connection that is closed on its sender takes the answer with it.
  socket.destroySoon = () => {
    isAnswered = true;
    if (raw.complete || left < 0) return close();
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MAX_MS);
    socket.once('close', () => clearTimeout(timer));
    raw.once('end', close);
  };
}
