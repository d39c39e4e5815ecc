import type { ClickHouse } from '@touchstone/read-models';
import { type Asker, callerName } from '@touchstone/runtime';
import type { App, QueryDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who waits for the answer, until it is sent or the connection is closed. */
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

/** Where a question of the read model is asked for somebody: within what one asker may take, of the generation in force now. */
export function readModelFor(
  { readModels, generation }: Pick<QueryDeps, 'readModels' | 'generation'>,
  asker: Asker,
): readonly [clickhouse: ClickHouse, generation: number] {
  return [readModels.clickhouse.forAsker(asker), generation()];
}
