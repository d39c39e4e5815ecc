import { listCustomers } from '@touchstone/read-models';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { loyalty, stage } from '../answers/answer-values.ts';
import * as answers from '../answers/answers.ts';
import { customerAnswer, customerItem } from '../answers/as-answer.ts';
import { given } from '../answers/given.ts';
import { flagParameter, idParameter, numberParameter, pageParameters } from '../answers/parameters.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForLists, waitForPosition } from '../waits/after-position.ts';
import { answerText, foldFor, inWords, isSeen, JSON_TYPE, pointOfView } from './customer-fold.ts';
import { customerFromRows, orFromRows } from './from-rows.ts';

const SORTS = ['satisfaction', 'lastAt', 'since', 'id'] as const;

const manyCustomers = z.strictObject({
  stage: stage.optional(),
  loyalty: loyalty.optional(),
  quietlyLeaving: flagParameter.optional(),
  minSatisfaction: numberParameter(0, 100).optional(),
  maxSatisfaction: numberParameter(0, 100).optional(),
  sort: z
    .enum([...SORTS, ...SORTS.map((sort) => `-${sort}` as const)])
    .meta({ id: 'CustomerSort' })
    .default('-lastAt')
    .describe('Descending with a minus; what has no value comes last both ways'),
  ...pageParameters,
});

/** One customer, folded from the log, and lists of customers, from the read model. */
export const customerRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveCustomer(app, deps);
  serveCustomers(app, deps);
};

function serveCustomer(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'getCustomer',
    tag: 'Customers',
    summary: 'One customer: the trust stage, how it came about, and what is missing for the next',
    description:
      '`history` and `journeys` come in the order in which they began, a page of both at a time; `total` says how many there are. While the log is away the answer says what rows do (`source: rows`), or 503 where `asOf` or `knownAt` is asked for.',
    answer: answers.oneCustomer,
    problems: [404, 410],
  });
  app.get(
    '/v1/customers/:customerId',
    {
      ...route,
      schema: { ...route.schema, params: z.strictObject({ customerId: idParameter }), querystring: pointOfView },
      preHandler: waitForPosition(deps),
    },
    async ({ params: { customerId }, query, asker }, reply) => {
      const found = await orFromRows(
        query,
        () => foldFor(deps, 'customer', { customerId }, query, asker),
        () => customerFromRows(deps, asker, customerId),
      );
      if ('source' in found) return found;
      if (isSeen(found)) return reply.type(JSON_TYPE).send(answerText(found, customerAnswer) as never);
      throw new Problem('not_found', `Nothing is known of a customer ${customerId}${inWords(query)}.`);
    },
  );
}

function serveCustomers(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listCustomers',
    tag: 'Customers',
    summary: 'Customers that pass all filters, a page at a time',
    answer: answers.customerPage,
  });
  app.get(
    '/v1/customers',
    {
      ...route,
      schema: { ...route.schema, querystring: manyCustomers },
      preHandler: waitForLists(deps),
    },
    async ({ query, asker }) => {
      const { purchaseDays } = deps.measures().policy.loyalty;
      const wanted = { ...given(query), now: await deps.now(), purchaseDays };
      const { items, nextCursor } = await listCustomers(...readModelFor(deps, asker), wanted);
      return { items: items.map(customerItem), nextCursor };
    },
  );
}
