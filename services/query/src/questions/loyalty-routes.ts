import { endpoints } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import {
  customerTiers,
  leavers,
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
  serve(endpoints.getTransitions, byQuery(transitions));
  serve(endpoints.getTimeInStage, (_, context) => timeInStage(context));
  serve(endpoints.getRetention, byQuery(retention));
  serve(endpoints.getTiers, byQuery(customerTiers));
  serve(endpoints.listTierCustomers, tierCustomers);
  serve(endpoints.listSilentCustomers, byQuery(silentCustomers));
  serve(endpoints.getLeavers, byQuery(leavers));
  serveReport(endpoints.getWorklist, ({ query: asked }, context) => {
    const criticalMs = deps.measures().policy.trust.criticalDays * DAY_MS;
    return worklist({ ...asked, criticalMs }, context);
  });
};
