import { endpoints } from '@touchstone/api';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/**
 * Starts, shows and cancels a trial: it measures everything by other measures and changes nothing.
 */
export const trialRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.startTrial, async ({ body: { definitions, policy, limit } }) => {
    await deps.trial.start({ definitions, policy, limit });
    return deps.trial.status();
  });
  serveEndpoint(app, deps, endpoints.getTrial, () => deps.trial.status());
  serveEndpoint(app, deps, endpoints.cancelTrial, async () => {
    await deps.trial.cancel();
    return deps.trial.status();
  });
};
