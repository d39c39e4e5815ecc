import { policySchema } from '@touchstone/journey';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';

/** The constants that answers rest on, so that whoever explains an answer does not have to know them. */
export const policyRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const route = described({
    id: 'getPolicy',
    tag: 'Definitions',
    summary: 'The constants of the measurement that are in force',
    description:
      'What scores, trust stages and loyalty are decided by. Days are 86,400 s, scores 0..100. POST /v1/trial says what others would change.',
    answer: policySchema,
  });
  app.get(
    '/v1/policy',
    { ...route, schema: { ...route.schema, querystring: z.strictObject({}) } },
    async () => deps.measures().policy,
  );
};
