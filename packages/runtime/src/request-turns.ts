import type { FastifyInstance } from 'fastify';

/**
 * Requests of one address that begin in one round of the event loop; the others wait for the next.
 */
export const BEGUN_IN_ROUND = 16;

/**
 * Lets addresses take turns: however many requests of one address arrive at once, those of others
 * begin in the next round of the event loop. A request whose connection closes meanwhile never
 * begins.
 */
export function takeTurnsByAddress(app: FastifyInstance): void {
  const begun = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();

  function begin(address: string, request: () => void): void {
    const before = begun.get(address) ?? 0;
    if (begun.size === 0) setImmediate(nextRound);
    begun.set(address, before + 1);
    request();
  }

  function nextRound(): void {
    begun.clear();
    for (const [address, queue] of waiting) {
      if (queue.length <= BEGUN_IN_ROUND) waiting.delete(address);
      for (const request of queue.splice(0, BEGUN_IN_ROUND)) begin(address, request);
    }
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const { ip, raw } = request;
    if ((begun.get(ip) ?? 0) < BEGUN_IN_ROUND && !waiting.has(ip)) return begin(ip, done);
    const beginUnlessGone = () => {
      if (!raw.socket.destroyed) done();
    };
    const queue = waiting.get(ip);
    if (queue === undefined) waiting.set(ip, [beginUnlessGone]);
    else queue.push(beginUnlessGone);
  });
}
