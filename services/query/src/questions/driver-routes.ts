import { endpoints } from '@touchstone/api';
import { benchmarks, driverJourneys, drivers, gaps, importance, quality } from '@touchstone/read-models/questions';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { addDefinitions, byQuery, serveQuestions } from './serve-questions.ts';

/** Serves questions about what goes with an outcome, and who does best, from the read model. */
export const driverRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { serve, serveReport } = serveQuestions(app, deps);
  const withDefinitions = addDefinitions(deps);
  serve(endpoints.askDrivers, ({ body }, context) => drivers(body, withDefinitions(context)));
  serve(endpoints.listDriverJourneys, ({ body }, context) => driverJourneys(body, withDefinitions(context)));
  serve(endpoints.askImportance, ({ body }, context) => importance(body, withDefinitions(context)));
  serveReport(endpoints.getQuality, byQuery(quality));
  serveReport(endpoints.getGaps, async ({ query }, context) => {
    const newest = (await deps.definitions.latest()).find(({ type }) => type === query.type);
    return gaps(query, newest ?? deps.measures().definitions.get(query.type), context);
  });
  serveReport(endpoints.getBenchmarks, ({ query }, context) => benchmarks(query, withDefinitions(context)));
};
