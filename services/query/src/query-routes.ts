import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { accessRoutes } from './access/access-routes.ts';
import { alertRoutes } from './alerts/alert-routes.ts';
import { backtestRoutes } from './alerts/backtest-routes.ts';
import { targetRoutes } from './alerts/target-routes.ts';
import { watchedRoutes } from './alerts/watched-routes.ts';
import { tellAskers } from './asker.ts';
import { conservationRoutes } from './conservation/conservation-routes.ts';
import type { QueryDeps } from './deps.ts';
import { describeApi } from './description/describe-api.ts';
import { exportRoutes } from './exports/export-routes.ts';
import { sqlRoutes } from './exports/sql-routes.ts';
import { liveRoutes } from './live/live-routes.ts';
import { backupRoutes } from './operations/backup-routes.ts';
import { clockRoutes } from './operations/clock-routes.ts';
import { definitionRoutes } from './operations/definition-routes.ts';
import { lostHistoryRoutes } from './operations/lost-history-routes.ts';
import { parkedRoutes } from './operations/parked-routes.ts';
import { runningRoutes } from './operations/running-routes.ts';
import { trialRoutes } from './operations/trial-routes.ts';
import { analyticsRoutes } from './questions/analytics-routes.ts';
import { customerRoutes } from './questions/customer-routes.ts';
import { driverRoutes } from './questions/driver-routes.ts';
import { indexRoutes } from './questions/index-routes.ts';
import { journeyRoutes } from './questions/journey-routes.ts';
import { ledgerRoutes } from './questions/ledger-routes.ts';
import { loyaltyRoutes } from './questions/loyalty-routes.ts';
import { overviewRoutes } from './questions/overview-routes.ts';
import { selfCheckRoutes } from './questions/self-check-routes.ts';
import { serviceRoutes } from './questions/service-routes.ts';
import { asProblem } from './serving/as-problem.ts';
import { compileParameters } from './serving/check-parameters.ts';
import { shareRoutes } from './sharing/share-routes.ts';
import { serveDashboard } from './site/serve-dashboard.ts';
import { withPatience } from './waits/patient-deps.ts';
import { workspaceRoutes } from './workspace/workspace-routes.ts';

/**
 * All routes for reading, and those for definitions. The app must come from `createHttpServer` of
 * the runtime.
 */
export const queryRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  // If other services share the app, the composition root has already described it.
  if (!app.hasDecorator('swagger')) await describeApi(app);
  app.setValidatorCompiler(compileParameters);
  // Answers are typed, and the tests check them against their schemas: to validate each again costs
  // more than making it.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error) => {
    throw asProblem(error);
  });
  tellAskers(app);
  const routes = [
    accessRoutes,
    workspaceRoutes,
    shareRoutes,
    journeyRoutes,
    customerRoutes,
    overviewRoutes,
    loyaltyRoutes,
    serviceRoutes,
    driverRoutes,
    indexRoutes,
    analyticsRoutes,
    selfCheckRoutes,
    backtestRoutes,
    watchedRoutes,
    alertRoutes,
    targetRoutes,
    liveRoutes,
    ledgerRoutes,
    exportRoutes,
    sqlRoutes,
    parkedRoutes,
    runningRoutes,
    clockRoutes,
    conservationRoutes,
    lostHistoryRoutes,
    backupRoutes,
    trialRoutes,
    definitionRoutes,
  ];
  const patient = withPatience(deps);
  for (const group of routes) await app.register(group, patient);
  await serveDashboard(app, deps.dashboardFolder);
};
