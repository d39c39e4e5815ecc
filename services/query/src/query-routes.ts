import { EventStoreError } from '@touchstone/event-store';
import { ReadModelError } from '@touchstone/read-models';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { backupRoutes } from './backup-routes.ts';
import { clockRoutes } from './clock-routes.ts';
import { conservationRoutes } from './conservation-routes.ts';
import { customerRoutes } from './customer-routes.ts';
import { definitionRoutes } from './definition-routes.ts';
import type { QueryDeps } from './deps.ts';
import { describeApi } from './describe-api.ts';
import { journeyRoutes } from './journey-routes.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { overviewRoutes } from './overview-routes.ts';
import { compileParameters } from './parameters.ts';
import { parkedRoutes } from './parked-routes.ts';
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
  const routes = [
    journeyRoutes,
    customerRoutes,
    overviewRoutes,
    ledgerRoutes,
    parkedRoutes,
    runningRoutes,
    clockRoutes,
    conservationRoutes,
    backupRoutes,
    trialRoutes,
    definitionRoutes,
    policyRoutes,
  ];
  for (const group of routes) await app.register(group, deps);
  await serveDashboard(app, deps.dashboardFolder);
};

const RETRY = { 'retry-after': '1' };

/** What the stores throw, in the words of the API. */
function asProblem(error: unknown): unknown {
  if (error instanceof ReadModelError) {
    if (error.code === 'invalid') return invalidRequest(error.message);
    if (error.code === 'unavailable' || error.code === 'closed') {
      return new Problem('read_model_unavailable', 'The read model does not answer. Ask again in a moment.', {
        headers: RETRY,
        cause: error,
      });
    }
  }
  if (error instanceof EventStoreError && (error.code === 'unavailable' || error.code === 'closed')) {
    return new Problem('store_unavailable', 'The event store does not answer. Ask again in a moment.', {
      headers: RETRY,
      cause: error,
    });
  }
  return error;
}

/** The read model says `cursor: …` of a parameter, and a whole sentence of a request that asks for too much. */
function invalidRequest(message: string): Problem {
  const parameter = /^(\w+): (.*)$/s.exec(message);
  const [path, text] = parameter === null ? ['', message] : [parameter[1]!, parameter[2]!];
  return new Problem('invalid_query', message, { errors: [{ path, message: text }] });
}
