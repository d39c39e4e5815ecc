import { failureRates, failureRatesParams, overview } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { bucketLength } from '../answers/answer-values.ts';
import * as answers from '../answers/answers.ts';
import { failureRate, overviewAnswer } from '../answers/as-answer.ts';
import { given } from '../answers/given.ts';
import {
  ATTRIBUTE_FILTERS_MAX,
  attributeParameters,
  attributesOf,
  instantParameter,
  integerParameter,
  nameParameter,
} from '../answers/parameters.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForLists } from '../waits/after-position.ts';
import { type CostlyAnswers, costlyAnswers } from '../waits/costly-answers.ts';

const dimensions = failureRatesParams.shape.by.unwrap();

const rates = z.strictObject({
  from: instantParameter.describe('Moments at or after').optional(),
  to: instantParameter.describe('Moments before').optional(),
  by: z
    .string()
    .max(1024)
    .default('touchpoint,channel')
    .transform((text, context) => {
      const by = dimensions.safeParse(text.split(','));
      if (by.success) return by.data;
      context.addIssue(
        'must be at most 8 of touchpoint, channel, journeyType, source, cause, actorTeam, actorSite, attribute.<name>, separated by commas',
      );
      return z.NEVER;
    })
    .describe(
      'What the rates are split by: touchpoint, channel, journeyType, source, cause, actorTeam, actorSite, attribute.<name>',
    )
    .meta({ example: 'touchpoint,channel' }),
  bucket: bucketLength.describe('Also split by time; buckets start at whole multiples of their length, UTC').optional(),
  type: nameParameter.describe('Only moments of journeys of this type').optional(),
  touchpoint: nameParameter.optional(),
  channel: nameParameter.optional(),
  team: nameParameter.describe('Only moments whose actor was of this team').optional(),
  site: nameParameter.describe('Only moments whose actor was at this site').optional(),
  attributes: attributeParameters
    .describe(
      `\`attribute.<name>=<value>\`: only moments whose event has this attribute with this value; ${ATTRIBUTE_FILTERS_MAX} names at most`,
    )
    .optional(),
  groupsMax: integerParameter(1, 10_000)
    .describe(
      'Combinations listed, those with most moments; the others are one more, `(other)`. As many as 10,000 rows hold unless told',
    )
    .optional(),
});

/** Figures over everything, from the read model. */
export const overviewRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, ANSWERS_AT_ONCE);
  serveFailureRates(app, deps, costly);
  serveOverview(app, deps, costly);
};

/** So that one asker has one at a time, and leaves room for another's. */
const ANSWERS_AT_ONCE = 2;

function serveFailureRates(app: App, deps: QueryDeps, costly: CostlyAnswers): void {
  const route = described({
    id: 'getFailureRates',
    tag: 'Touchpoints',
    summary: 'How often moments fail, with the Wilson 95 % interval of each rate',
    description:
      'A failure is a moment whose outcome is not `succeeded`. What had no moments has no row. Combinations beyond `groupsMax`, and beyond 10,000 rows, are one at the end, `(other)`; something that is itself called so is shown, and asked for, as `((other))`.',
    answer: answers.failureRatesAnswer,
  });
  app.get(
    '/v1/touchpoints/failure-rates',
    { ...route, schema: { ...route.schema, querystring: rates }, preHandler: waitForLists(deps) },
    async (request) => {
      const { attributes, ...query } = request.query;
      const wanted = given({ ...query, ...(attributes && { attributes: attributesOf(attributes) }) });
      return costly(request, ['failure rates', wanted], async (asker) => {
        const rows = await failureRates(...readModelFor(deps, asker), wanted);
        return { rows: rows.map(failureRate) };
      });
    },
  );
}

function serveOverview(app: App, deps: QueryDeps, costly: CostlyAnswers): void {
  const route = described({
    id: 'getOverview',
    tag: 'Customers',
    summary: 'Customers by trust stage, journeys by satisfaction level, promises by state, the latest trust changes',
    answer: answers.overviewAnswer,
  });
  app.get(
    '/v1/overview',
    { ...route, schema: { ...route.schema, querystring: z.strictObject({}) }, preHandler: waitForLists(deps) },
    async (request) =>
      costly(request, 'overview', async (asker) => {
        const [now, figures] = await Promise.all([deps.now(), overview(...readModelFor(deps, asker), {})]);
        return overviewAnswer(now, figures);
      }),
  );
}
