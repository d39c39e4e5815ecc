import { listComplaints, listPromises, listTrustChanges } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { promiseState } from '../answers/answer-values.ts';
import * as answers from '../answers/answers.ts';
import { complaintItem, customerTrustChange, promiseItem } from '../answers/as-answer.ts';
import { given } from '../answers/given.ts';
import { idParameter, instantParameter, nameParameter, pageParameters } from '../answers/parameters.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForLists } from '../waits/after-position.ts';

const promises = z.strictObject({
  customerId: idParameter.optional(),
  journeyId: idParameter.optional(),
  state: promiseState.optional(),
  dueFrom: instantParameter.describe('Due at or after').optional(),
  dueTo: instantParameter.describe('Due before').optional(),
  ...pageParameters,
});

const complaints = z.strictObject({
  customerId: idParameter.optional(),
  journeyId: idParameter.optional(),
  state: z.enum(['open', 'resolved']).meta({ id: 'ComplaintState' }).optional(),
  raisedFrom: instantParameter.describe('Raised at or after').optional(),
  raisedTo: instantParameter.describe('Raised before').optional(),
  ...pageParameters,
});

const trustChanges = z.strictObject({
  customerId: idParameter.optional(),
  because: nameParameter.describe('Why: earned, idle, satisfaction-low, …').optional(),
  from: instantParameter.describe('Moved at or after').optional(),
  to: instantParameter.describe('Moved before').optional(),
  ...pageParameters,
});

/** The ledgers: promises, complaints, moves between trust stages. From the read model. */
export const ledgerRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  servePromises(app, deps);
  serveComplaints(app, deps);
  serveTrustChanges(app, deps);
};

function servePromises(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listPromises',
    tag: 'Ledgers',
    summary: 'Promises, by due date',
    answer: answers.promisePage,
  });
  app.get(
    '/v1/promises',
    { ...route, schema: { ...route.schema, querystring: promises }, preHandler: waitForLists(deps) },
    async ({ query, asker }) => {
      const { items, nextCursor } = await listPromises(...readModelFor(deps, asker), given(query));
      return { items: items.map(promiseItem), nextCursor };
    },
  );
}

function serveComplaints(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listComplaints',
    tag: 'Ledgers',
    summary: 'Complaints, the latest raised first',
    answer: answers.complaintPage,
  });
  app.get(
    '/v1/complaints',
    { ...route, schema: { ...route.schema, querystring: complaints }, preHandler: waitForLists(deps) },
    async ({ query, asker }) => {
      const { items, nextCursor } = await listComplaints(...readModelFor(deps, asker), given(query));
      return { items: items.map(complaintItem), nextCursor };
    },
  );
}

function serveTrustChanges(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listTrustChanges',
    tag: 'Ledgers',
    summary: 'Moves between trust stages, the latest first',
    answer: answers.trustChangePage,
  });
  app.get(
    '/v1/trust-changes',
    { ...route, schema: { ...route.schema, querystring: trustChanges }, preHandler: waitForLists(deps) },
    async ({ query, asker }) => {
      const { items, nextCursor } = await listTrustChanges(...readModelFor(deps, asker), given(query));
      return { items: items.map(customerTrustChange), nextCursor };
    },
  );
}
