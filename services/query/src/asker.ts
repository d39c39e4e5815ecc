import type { ClickHouse } from '@touchstone/read-models';
import { type Asker, callerName } from '@touchstone/runtime';
import type { App, QueryDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller that waits for the answer, until it is sent or the connection is closed. */
    asker: Asker;
  }
}

/** Decorates each request with its {@link Asker}, whose signal aborts when the caller leaves. */
export function tellAskers(app: App): void {
  app.decorateRequest('asker');
  app.addHook('onRequest', async (request, reply) => {
    const leaving = new AbortController();
    // The request's own `close` says nothing, because it comes as soon as the request has arrived.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) leaving.abort();
    });
    request.asker = { name: callerName(request), signal: leaving.signal };
  });
}

/**
 * Returns the read model for one caller: a ClickHouse client within the limits of one asker, and
 * the generation in force.
 * @throws Problem while its rows are not known to be right.
 */
export function readModelFor(
  { readModels, generation, withheld }: Pick<QueryDeps, 'readModels' | 'generation' | 'withheld'>,
  asker: Asker,
): readonly [clickhouse: ClickHouse, generation: number] {
  assertShown({ withheld });
  return [readModels.clickhouse.forAsker(asker), generation()];
}

/** @throws Problem while nothing may be shown of the read model. */
export function assertShown({ withheld }: Pick<QueryDeps, 'withheld'>): void {
  const problem = withheld?.() ?? null;
  if (problem !== null) throw problem;
}
