import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Requests of one connection that are begun and not answered. */
export const PIPELINED_MAX = 64;

/**
 * Closes a connection whose client pipelines more than {@link PIPELINED_MAX} requests. Node reads a
 * thousand small requests at once, and each takes a hundred times the memory that it had on the
 * wire until it is answered.
 */
export function limitPipelining(app: FastifyInstance): void {
  const unanswered = new WeakMap<Socket, number>();
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    // The parser goes on with what had arrived before the connection was closed.
    if (socket.destroyed) return;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > PIPELINED_MAX) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    reply.raw.once('close', () => unanswered.set(socket, unanswered.get(socket)! - 1));
    done();
  });
}
