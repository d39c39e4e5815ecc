import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';
import type { IsTrusted } from './trusted-proxies.ts';

export interface ConnectionLimits {
  readonly max: number;
  /** Maximum per address; a trusted proxy may use all connections. */
  readonly perAddressMax: number;
  readonly isTrusted: IsTrusted;
}

/**
 * Excess connections kept open at once, and for how long in ms, in case one of them is a health
 * probe.
 */
export const EXCESS_MAX = 32;
export const EXCESS_MS = 3_000;

/** The only paths answered on excess connections. */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * Keeps an excess connection long enough for a health probe and answers 503 to all else on it, so a
 * client that occupies all connections cannot make the process look dead. The newest excess
 * connections evict the oldest.
 */
export function limitConnections(app: FastifyInstance, { max, perAddressMax, isTrusted }: ConnectionLimits): void {
  const byAddress = new Map<string, number>();
  const excess = new Set<Socket>();
  let open = 0;

  const isWithin = (address: string) =>
    open < max && ((byAddress.get(address) ?? 0) < perAddressMax || isTrusted(address));

  function count(socket: Socket, address: string): void {
    open++;
    byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      open--;
      const left = byAddress.get(address)! - 1;
      if (left === 0) byAddress.delete(address);
      else byAddress.set(address, left);
    });
  }

  function keepForAMoment(socket: Socket): void {
    excess.add(socket);
    const [oldest] = excess;
    if (excess.size > EXCESS_MAX) {
      // Remove it now instead of on `close`, so that the next connection of a burst evicts another
      // one.
      excess.delete(oldest!);
      oldest!.destroy();
    }
    const timer = setTimeout(() => socket.destroy(), EXCESS_MS);
    timer.unref();
    socket.once('close', () => {
      clearTimeout(timer);
      excess.delete(socket);
    });
  }

  // Evicted sockets close with a delay, hence the factor; beyond it the kernel's queue refuses
  // connections.
  app.server.maxConnections = max + 4 * EXCESS_MAX;
  app.server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (isWithin(address)) count(socket, address);
    else keepForAMoment(socket);
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!excess.has(request.raw.socket)) return;
    reply.header('connection', 'close');
    if (HEALTH_PATHS.has(request.url.split('?', 1)[0]!)) return;
    throw new Problem('overloaded', 'There are more connections than are served, or more from your address.', {
      headers: { 'retry-after': '5' },
    });
  });
}
