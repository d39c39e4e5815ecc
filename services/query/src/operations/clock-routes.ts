import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as answers from '../answers/answers.ts';
import { clockAnswer } from '../answers/as-answer.ts';
import type { QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { recordedLeaps } from '../ledgers/clock-ledger.ts';

/** Leaps that one answer tells of. */
const LEAPS_MAX = 20;

/** What time it is here, and whether that can be trusted. */
export const clockRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const route = described({
    id: 'getClock',
    tag: 'Running',
    summary: 'The product’s now, and how the clock leapt',
    description:
      'While the time of day and the monotonic clock of the machine part, the time of day is not trusted: nothing is announced, and lists answer to the last now that could be. A difference that stays for ten minutes is believed.',
    answer: answers.clockAnswer,
  });
  app.get('/v1/clock', { ...route, schema: { ...route.schema, querystring: z.strictObject({}) } }, async () => {
    const [now, recorded] = await Promise.all([deps.now(), recordedLeaps(deps.store)]);
    return clockAnswer(now, deps.clockOffByMs(), recorded.slice(-LEAPS_MAX).reverse());
  });
};
