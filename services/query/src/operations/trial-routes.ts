import { endpoints } from '@touchstone/api';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** What other measures would make of everything, without anything being changed. */
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
