import { endpoints } from '@touchstone/api';
import { complaintsReport, promisesReport, recovery, recoveryJourneys } from '@touchstone/read-models/questions';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { addDefinitions, byQuery, serveQuestions } from './serve-questions.ts';

/** Serves reports on promises, complaints and recovery, from the read model. */
export const serviceRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { serveReport } = serveQuestions(app, deps);
  const withDefinitions = addDefinitions(deps);
  serveReport(endpoints.getPromisesReport, byQuery(promisesReport));
  serveReport(endpoints.getComplaintsReport, byQuery(complaintsReport));
  serveReport(endpoints.getRecovery, byQuery(recovery));
  serveReport(endpoints.listRecoveryJourneys, ({ query }, context) =>
    recoveryJourneys(query, withDefinitions(context)),
  );
};
