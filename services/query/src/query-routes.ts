import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { asProblem } from './as-problem.ts';
import { tellAskers } from './asker.ts';
import { backupRoutes } from './backup-routes.ts';
import { clockRoutes } from './clock-routes.ts';
import { conservationRoutes } from './conservation-routes.ts';
import { customerRoutes } from './customer-routes.ts';
import { definitionRoutes } from './definition-routes.ts';
import type { QueryDeps } from './deps.ts';
import { describeApi } from './describe-api.ts';
import { journeyRoutes } from './journey-routes.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { lostHistoryRoutes } from './lost-history-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { compileParameters } from './parameters.ts';
import { parkedRoutes } from './parked-routes.ts';
import { withPatience } from './patient-deps.ts';
import { policyRoutes } from './policy-routes.ts';
import { runningRoutes } from './running-routes.ts';
import { serveDashboard } from './serve-dashboard.ts';
import { trialRoutes } from './trial-routes.ts';

/** Everything that is read, and the definitions that it is measured by. Needs an app of the runtime's `createHttpServer`. */
export const queryRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  // Where other services share the app, the composition root has described it all before.
  if (!app.hasDecorator('swagger')) await describeApi(app);
  app.setValidatorCompiler(compileParameters);
  // Answers are made here and typed; checking each again costs more than making it. The tests hold them to their schemas.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error) => {
    throw asProblem(error);
  });
  tellAskers(app);
  const routes = [
    journeyRoutes,
    customerRoutes,
    overviewRoutes,
    ledgerRoutes,
    parkedRoutes,
    runningRoutes,
    clockRoutes,
    conservationRoutes,
    lostHistoryRoutes,
    backupRoutes,
    trialRoutes,
    definitionRoutes,
    policyRoutes,
  ];
  const patient = withPatience(deps);
  for (const group of routes) await app.register(group, patient);
  await serveDashboard(app, deps.dashboardFolder);
};
