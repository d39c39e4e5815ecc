import { endpoints } from '@touchstone/api';
import { type MomentSource, testHeartbeat, testObjective } from '@touchstone/operations';
import type { Asker } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';

/** Serves back-tests of alerts: one at a time, because each may count millions of moments. */
export const backtestRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, 1);
  const sourceFor = (asker: Asker): MomentSource => {
    const [clickhouse, generation] = readModelFor(deps, asker);
    return { clickhouse, generation };
  };
  serveEndpoint(app, deps, endpoints.backtestObjective, (request) => {
    const { objective, ...span } = request.body;
    return costly(request, ['objective', objective, span], (asker) => testObjective(sourceFor(asker), objective, span));
  });
  serveEndpoint(app, deps, endpoints.backtestHeartbeat, (request) => {
    const { heartbeat, ...span } = request.body;
    return costly(request, ['heartbeat', heartbeat, span], (asker) => testHeartbeat(sourceFor(asker), heartbeat, span));
  });
};
