import { endpoints } from '@touchstone/api';
import { listCustomers } from '@touchstone/read-models';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { answerOf, foldFor, inWords, isSeen } from './customer-fold.ts';
import { customerFromRows, orFromRows } from './from-rows.ts';

/** Serves one customer, folded from the log, and lists of customers, from the read model. */
export const customerRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.getCustomer, async ({ params: { customerId }, query, asker }) => {
    const found = await orFromRows(
      query,
      () => foldFor(deps, 'customer', { customerId }, query, asker),
      () => customerFromRows(deps, asker, customerId),
    );
    if ('source' in found) return found;
    if (isSeen(found)) return answerOf(found);
    throw new Problem('not_found', `Nothing is known of a customer ${customerId}${inWords(query)}.`);
  });
  serveEndpoint(app, deps, endpoints.listCustomers, async ({ query, asker }) => {
    const { purchaseDays } = deps.measures().policy.loyalty;
    const now = await deps.now();
    return listCustomers(...readModelFor(deps, asker), { ...query, now, purchaseDays });
  });
};
