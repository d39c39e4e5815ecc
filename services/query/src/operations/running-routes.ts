import { endpoints } from '@touchstone/api';
import { projectedCounts } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { readLag } from '../waits/lag.ts';

/**
 * Serves the position of the read model and its counts beside those of the log, and the rebuild.
 */
export const runningRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.getPosition, async ({ asker }) => {
    // Read before the counts of the log, so that `projected` never exceeds what is stored.
    const projected = (await deps.progress.latest?.()) ?? deps.progress.projected();
    const rows = await projectedCounts(...readModelFor(deps, asker));
    const [log, counts] = await Promise.all([deps.store.head(), deps.store.counts()]);
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
