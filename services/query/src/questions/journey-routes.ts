import { findJourneyCustomers, listJourneys } from '@touchstone/read-models';
import { type Asker, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { journeyStatus, stage } from '../answers/answer-values.ts';
import * as answers from '../answers/answers.ts';
import { journeyAnswer, journeyItem } from '../answers/as-answer.ts';
import { given } from '../answers/given.ts';
import {
  attributeParameters,
  attributesOf,
  idParameter,
  instantParameter,
  nameParameter,
  numberParameter,
  pageParameters,
} from '../answers/parameters.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForLists, waitForPosition } from '../waits/after-position.ts';
import { answerText, foldFor, inWords, isSeen, JSON_TYPE, pointOfView } from './customer-fold.ts';
import { journeyFromRows, orFromRows } from './from-rows.ts';

const oneJourney = z.strictObject({
  customerId: idParameter.describe('Whose journey; needed where several customers use the id').optional(),
  ...pointOfView.shape,
});

const SORTS = ['startedAt', 'lastAt', 'score', 'endedAt'] as const;

const manyJourneys = z.strictObject({
  customerId: idParameter.optional(),
  type: nameParameter.optional(),
  status: journeyStatus.optional(),
  minScore: numberParameter(0, 100).optional(),
  maxScore: numberParameter(0, 100).optional(),
  touchpoint: nameParameter
    .describe('Journeys that met this touchpoint; of one journey the first 256 are known to lists')
    .optional(),
  channel: nameParameter.describe('The same of channels').optional(),
  stage: stage.describe('The trust stage in which their customer is').optional(),
  from: instantParameter.describe('Started at or after').optional(),
  to: instantParameter.describe('Started before').optional(),
  attributes: attributeParameters.optional(),
  sort: z
    .enum([...SORTS, ...SORTS.map((sort) => `-${sort}` as const)])
    .meta({ id: 'JourneySort' })
    .default('-lastAt')
    .describe('Descending with a minus; what has no value comes last both ways'),
  ...pageParameters,
});

/** One journey, folded from the log, and lists of journeys, from the read model. */
export const journeyRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveJourney(app, deps);
  serveJourneys(app, deps);
};

function serveJourney(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'getJourney',
    tag: 'Journeys',
    summary: 'One journey, with how its score came about',
    description:
      'Ids stand percent-encoded in the path. `moments` count interactions; `timeline` is every event of the journey, and whatever else moved its score or, while it was open, the stage. Long ones come a page at a time, `explanation.moments` with them: `total` says how long the timeline is, and `explanation.otherMoments` what the moments of other pages give to the score. While the log is away the answer says what rows do (`source: rows`), or 503 where `asOf` or `knownAt` is asked for.',
    answer: answers.oneJourney,
    problems: [404, 410, 409],
  });
  app.get(
    '/v1/journeys/:journeyId',
    {
      ...route,
      schema: { ...route.schema, params: z.strictObject({ journeyId: idParameter }), querystring: oneJourney },
      preHandler: waitForPosition(deps),
    },
    async ({ params: { journeyId }, query, asker }, reply) => {
      const customerId = query.customerId ?? (await ownerOf(deps, asker, journeyId));
      const about = { customerId, journeyId };
      const found = await orFromRows(
        query,
        () => foldFor(deps, 'journey', about, query, asker),
        () => journeyFromRows(deps, asker, about),
      );
      if ('source' in found) return found;
      if (isSeen(found)) return reply.type(JSON_TYPE).send(answerText(found, journeyAnswer) as never);
      throw new Problem(
        'not_found',
        `The customer ${customerId} has no event of a journey ${journeyId}${inWords(query)}.`,
      );
    },
  );
}

function serveJourneys(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listJourneys',
    tag: 'Journeys',
    summary: 'Journeys that pass all filters, a page at a time',
    answer: answers.journeyPage,
  });
  app.get(
    '/v1/journeys',
    {
      ...route,
      schema: { ...route.schema, querystring: manyJourneys },
      preHandler: waitForLists(deps),
    },
    async ({ query: { attributes, ...query }, asker }) => {
      const wanted = { ...query, attributes: attributesOf(attributes) };
      const { items, nextCursor } = await listJourneys(...readModelFor(deps, asker), given(wanted));
      return { items: items.map(journeyItem), nextCursor };
    },
  );
}

/** Whose journey it is. Throws a 404 if nobody's, a 409 if several customers use the id. */
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
