import { endpoints } from '@touchstone/api';
import { dismissHistory, keptHistories, lostNow } from '@touchstone/operations';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';

/** Greatest number of minutes, and of customers, that the answer names. */
export const LOST_LISTED_MAX = 500;

/** Serves what a log restored from a backup has lost, according to the rows kept from before. */
export const lostHistoryRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, 1);
  serveEndpoint(app, deps, endpoints.getLostHistory, (request) =>
    costly(request, 'lost history', async (asker) => {
      const [clickhouse, inForce] = readModelFor(deps, asker);
      const items = [];
      for (const kept of await keptHistories(deps.readModels)) {
        const lost = await lostNow(clickhouse, kept, inForce, LOST_LISTED_MAX);
        items.push({ ...lost, generation: kept.generation, foundAt: kept.at, fork: kept.fork });
      }
      return { items };
    }),
  );
  serveEndpoint(app, deps, endpoints.dismissLostHistory, async ({ params: { generation } }) => {
    if (await dismissHistory(deps.readModels, generation)) return { dismissed: generation };
    throw new Problem('not_found', `No lost history is kept under ${generation}: see GET /v1/lost-history.`);
  });
};
