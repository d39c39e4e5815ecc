import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/**
 * Stops an app in three stages: announced, drained, closed. Until it is closed, callers get an
 * answer and never a refused connection.
 */
export interface Stopping {
  /**
   * From now on `/readyz` answers 503 and every answer closes its connection; other requests are
   * served normally.
   */
  announce(): void;
  isAnnounced(): boolean;
  /** Aborts when draining begins: answers without an end are to end. */
  readonly draining: AbortSignal;
  /**
   * From now on every request is answered 503. Resolves once all earlier requests are answered; the
   * listener stays open until the app is closed.
   */
  drain(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly stopping: Stopping;
  }
}

/**
 * Adds `app.stopping` and the hook that counts running requests. Closing the app without draining
 * it refuses new requests.
 */
export function serveStopping(app: FastifyInstance): void {
  const inWork = new Set<object>();
  let isAnnounced = false;
  let isDraining = false;
  const draining = new AbortController();
  let whenEmpty: (() => void)[] = [];
  const endSilent = silentConnections(app);

  app.addHook('onRequest', async (_request, reply) => {
    if (isDraining) throw stopping();
    if (isAnnounced) reply.header('connection', 'close');
    const { raw } = reply;
    inWork.add(raw);
    const answered = () => {
      inWork.delete(raw);
      if (inWork.size > 0) return;
      for (const resolve of whenEmpty) resolve();
      whenEmpty = [];
    };
    // If the client disconnects, the answer emits `close` but never `finish`.
    raw.once('finish', answered);
    raw.once('close', answered);
  });
  app.addHook('preClose', async () => {
    isDraining = true;
    draining.abort();
    endSilent();
  });
  app.decorate('stopping', {
    announce: () => {
      isAnnounced = true;
    },
    isAnnounced: () => isAnnounced,
    draining: draining.signal,
    drain: async () => {
      isAnnounced = true;
      isDraining = true;
      draining.abort();
      if (inWork.size > 0) await new Promise<void>((resolve) => whenEmpty.push(resolve));
    },
  });
}

/**
 * Browsers open connections ahead of requests, and closing the server would wait for each until it
 * asks or times out. Returns a function that ends all that have not, and those to come.
 */
function silentConnections(app: FastifyInstance): () => void {
  const open = new Set<Socket>();
  let isClosing = false;
  app.server.on('connection', (socket) => {
    if (isClosing) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    isClosing = true;
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}

/**
 * The answer to requests during the shutdown: another process, or this one restarted, answers soon.
 */
export const stopping = () =>
  new Problem('stopping', 'Send it again in a moment.', { headers: { 'retry-after': '5', connection: 'close' } });
