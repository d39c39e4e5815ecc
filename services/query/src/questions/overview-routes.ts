import { endpoints, levels, type Told } from '@touchstone/api';
import { failureRates, listFeedbackComments, type Overview, overview } from '@touchstone/read-models';
import { feedback } from '@touchstone/read-models/questions';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';
import { nowOf } from './analytics-routes.ts';

/** Lets one asker have one answer at a time, and leaves room for another's. */
const ANSWERS_AT_ONCE = 2;

/** Serves figures over all customers, from the read model. */
export const overviewRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, ANSWERS_AT_ONCE);
  serveEndpoint(app, deps, endpoints.getFailureRates, (request) =>
    costly(request, ['failure rates', request.query], async (asker) => {
      const now = await nowOf(deps, request.query);
      return failureRates(...readModelFor(deps, asker), { ...request.query, now });
    }),
  );
  serveEndpoint(app, deps, endpoints.getFeedback, (request) =>
    costly(request, ['feedback', request.query], async (asker) => {
      const now = await nowOf(deps, request.query);
      return feedback(...readModelFor(deps, asker), { ...request.query, now });
    }),
  );
  serveEndpoint(app, deps, endpoints.listFeedbackComments, ({ query, asker }) =>
    listFeedbackComments(...readModelFor(deps, asker), query),
  );
  serveEndpoint(app, deps, endpoints.getOverview, (request) =>
    costly(request, 'overview', async (asker) => {
      const [now, figures] = await Promise.all([deps.now(), overview(...readModelFor(deps, asker), {})]);
      return overviewOf(now, figures);
    }),
  );
};

/** Levels from the best to the worst, then the empty one of journeys without a score. */
const LEVELS = [...levels, ''] as const;

function overviewOf(now: number, figures: Overview): Told<typeof endpoints.getOverview> {
  const byLevel = new Map<string, number>();
  const byStatus = { open: 0, completed: 0, abandoned: 0 };
  for (const { level, status, journeys } of figures.journeysByLevel) {
    byLevel.set(level, (byLevel.get(level) ?? 0) + journeys);
    byStatus[status as keyof typeof byStatus] += journeys;
  }
  const stages = figures.customersByStage.map(({ stage, customers }) => [stage, customers]);
  const states = figures.promisesByState.map(({ state, promises }) => [state, promises]);
  return {
    now,
    customersByStage: { none: 0, cognitive: 0, affective: 0, behavioural: 0, ...Object.fromEntries(stages) },
    journeysByLevel: LEVELS.flatMap((level) => {
      const journeys = byLevel.get(level);
      return journeys === undefined ? [] : [{ level, journeys }];
    }),
    journeysByStatus: byStatus,
    promisesByState: { open: 0, kept: 0, 'kept-late': 0, broken: 0, withdrawn: 0, ...Object.fromEntries(states) },
    latestTrustChanges: figures.latestTrustChanges,
  };
}
