import { endpoints } from '@touchstone/api';
import { recordedLeaps } from '@touchstone/operations';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Greatest number of leaps in one answer. */
const LEAPS_MAX = 20;

/** Answers with the system's time, how far the wall clock is off, and the latest leaps. */
export const clockRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.getClock, async () => {
    const [now, recorded] = await Promise.all([deps.now(), recordedLeaps(deps.store)]);
    return { now, offByMs: deps.clockOffByMs(), leaps: recorded.slice(-LEAPS_MAX).reverse() };
  });
};
