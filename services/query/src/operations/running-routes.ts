import { endpoints } from '@touchstone/api';
import { EventStoreError } from '@touchstone/event-store';
import { projectedCounts } from '@touchstone/read-models';
import { answerWithin } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { readLag } from '../waits/lag.ts';

/** EventStoreDB is counted by reading what no process has counted yet, which may take longer. */
export const COUNTED_WITHIN_MS = 10_000;

/**
 * Serves the position of the read model and its counts beside those of the log, and the rebuild.
 */
export const runningRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.getPosition, async ({ asker }) => {
    // Read before the counts of the log, so that `projected` never exceeds what is stored.
    const projected = (await deps.progress.latest?.()) ?? deps.progress.projected();
    const rows = await projectedCounts(...readModelFor(deps, asker));
    const [log, counts] = await counted(deps);
    return {
      log,
      projected,
      lagMs: log <= projected ? 0 : await readLag(deps.store, projected),
      accepted: counts.accepted,
      cut: rows.cut,
      stored: counts.stored - rows.cut,
      projectedEvents: rows.moments,
      parked: rows.parked,
    };
  });
  serveEndpoint(app, deps, endpoints.getRebuild, () => deps.rebuild.status());
  serveEndpoint(app, deps, endpoints.startRebuild, async ({ body }) => {
    await deps.rebuild.start({ force: body?.force ?? false });
    return deps.rebuild.status();
  });
};

async function counted({ store }: QueryDeps) {
  const reading = Promise.all([store.head(), store.counts()]);
  const isOver = await answerWithin(COUNTED_WITHIN_MS, Promise.allSettled([reading]));
  if (isOver === undefined) throw new EventStoreError('unavailable', 'the events of the log are still being counted');
  return reading;
}
