import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';
import type { IsTrusted } from './trusted-proxies.ts';

export interface ConnectionLimits {
  readonly max: number;
  /** Of one address; proxies that are trusted may have all. */
  readonly perAddressMax: number;
  readonly isTrusted: IsTrusted;
}

/** Connections beyond the limits that are kept for a moment, in case that one asks whether the process is well. */
export const EXCESS_MAX = 32;
export const EXCESS_MS = 3_000;

/** What is answered on these. */
const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * Beyond its limits a connection is kept long enough to ask for health, the oldest of them giving way to the newest: whoever fills the others does not have the
 * process taken for dead. All else is answered 503 on it.
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
      // At once, and not when it is closed: the next one in a burst is not to find the same for the oldest.
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

  // Some are closed later than they are given up; a flood of more than that is refused by the kernel's queue.
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
