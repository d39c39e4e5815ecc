import { endpoints } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { EventStoreError } from '@touchstone/event-store';
import {
  customersInStage,
  customerTiers,
  leavers,
  retainedCustomers,
  retention,
  silentCustomers,
  stagesOverTime,
  tierCustomers,
  timeInStage,
  transitions,
  worklist,
} from '@touchstone/read-models/questions';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { byQuery, serveQuestions } from './serve-questions.ts';

/** Serves questions about customers over time, and the worklist, from the read model. */
export const loyaltyRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { serve, serveReport } = serveQuestions(app, deps);
  serve(endpoints.getStages, byQuery(stagesOverTime));
  serve(endpoints.listCustomersInStage, byQuery(customersInStage));
  serve(endpoints.getTransitions, byQuery(transitions));
  serve(endpoints.getTimeInStage, (_, context) => timeInStage(context));
  serve(endpoints.getRetention, byQuery(retention));
  serve(endpoints.listRetainedCustomers, byQuery(retainedCustomers));
  serve(endpoints.getTiers, byQuery(customerTiers));
  serve(endpoints.listTierCustomers, tierCustomers);
  serve(endpoints.listSilentCustomers, byQuery(silentCustomers));
  serve(endpoints.getLeavers, byQuery(leavers));
  serveReport(endpoints.getWorklist, async ({ query: asked }, context) => {
    const criticalMs = deps.measures().policy.trust.criticalDays * DAY_MS;
    return worklist({ ...asked, criticalMs, marks: await marksOf(deps) }, context);
  });
};

/** The marks of the worklist; those that are known while the log is away. */
async function marksOf({ worklistMarks }: QueryDeps) {
  try {
    return await worklistMarks.latest();
  } catch (error) {
    if (error instanceof EventStoreError && error.code === 'unavailable') return worklistMarks.known();
    throw error;
  }
}
