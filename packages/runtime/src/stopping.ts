import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/** How an app goes: told first, then empty, then closed. Whoever asks meanwhile gets an answer and never a refused connection. */
export interface Stopping {
  /** From now on `/readyz` answers 503 and every answer ends its connection; all else is served as before. */
  announce(): void;
  isAnnounced(): boolean;
  /** From now on every request is answered 503. Resolves once those that came before are answered; the listener stays until the app is closed. */
  drain(): Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly stopping: Stopping;
  }
}

/** `app.stopping`, and the hook that counts what is in work. An app that is closed without it refuses requests from then on. */
export function serveStopping(app: FastifyInstance): void {
  const inWork = new Set<object>();
  let isAnnounced = false;
  let isDraining = false;
  let whenEmpty: (() => void)[] = [];

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
    // A client that goes away leaves an answer that is closed and never finished.
    raw.once('finish', answered);
    raw.once('close', answered);
  });
  app.addHook('preClose', async () => {
    isDraining = true;
  });
  app.decorate('stopping', {
    announce: () => {
      isAnnounced = true;
    },
    isAnnounced: () => isAnnounced,
    drain: async () => {
      isAnnounced = true;
      isDraining = true;
      if (inWork.size > 0) await new Promise<void>((resolve) => whenEmpty.push(resolve));
    },
  });
}

/** What a client is told that asks a process which is about to go: another one, or the next, answers soon. */
export const stopping = () =>
  new Problem('stopping', 'Send it again in a moment.', { headers: { 'retry-after': '5', connection: 'close' } });
