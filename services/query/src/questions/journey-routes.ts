import { endpoints } from '@touchstone/api';
import { findJourneyCustomers, listJourneys } from '@touchstone/read-models';
import { type Asker, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readModelFor } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { answerOf, foldFor, inWords, isSeen } from './customer-fold.ts';
import { journeyFromRows, orFromRows } from './from-rows.ts';

/** Serves one journey, folded from the log, and lists of journeys, from the read model. */
export const journeyRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.getJourney, async ({ params: { journeyId }, query, asker }) => {
    const customerId = query.customerId ?? (await ownerOf(deps, asker, journeyId));
    const about = { customerId, journeyId };
    const found = await orFromRows(
      query,
      () => foldFor(deps, 'journey', about, query, asker),
      () => journeyFromRows(deps, asker, about),
    );
    if ('source' in found) return found;
    if (isSeen(found)) return answerOf(found);
    throw new Problem(
      'not_found',
      `The customer ${customerId} has no event of a journey ${journeyId}${inWords(query)}.`,
    );
  });
  serveEndpoint(app, deps, endpoints.listJourneys, async ({ query, asker }) =>
    listJourneys(...readModelFor(deps, asker), { ...query, now: await deps.now() }),
  );
};

/**
 * The customer of a journey.
 * @throws Problem 404 if there is none, 409 if several customers use the id.
 */
async function ownerOf(deps: QueryDeps, asker: Asker, journeyId: string): Promise<string> {
  const customers = await findJourneyCustomers(...readModelFor(deps, asker), { journeyId });
  const [first, ...others] = customers;
  if (first === undefined) {
    throw new Problem(
      'not_found',
      `No customer has a journey ${journeyId}. Was it published a moment ago? Then send Touchstone-After, or customerId.`,
    );
  }
  if (others.length === 0) return first;
  throw new Problem(
    'ambiguous_journey',
    `${customers.length} customers use the journey id ${journeyId}; add customerId=<one of customers>.`,
    { extensions: { customers } },
  );
}
