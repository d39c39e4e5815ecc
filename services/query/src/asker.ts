import type { ClickHouse } from '@touchstone/read-models';
import { type Asker, callerName } from '@touchstone/runtime';
import type { App, QueryDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller that waits for the answer, until it is sent or the connection is closed. */
    asker: Asker;
  }
}

/** From now on requests say who asks, see {@link Asker}. */
export function tellAskers(app: App): void {
  app.decorateRequest('asker');
  app.addHook('onRequest', async (request, reply) => {
    const leaving = new AbortController();
    // The request's own end says nothing: it is over once it has arrived.
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) leaving.abort();
    });
    request.asker = { name: callerName(request), signal: leaving.signal };
  });
}

/**
 * Where a question of the read model is asked for somebody: within what one asker may take, of the generation in force now.
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
