import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import {
  count,
  fromRows,
  historyCut,
  instant,
  loyalty,
  nextCursor,
  pageOf,
  parkedEvents,
  requirement,
  score,
  stage,
} from './fields.ts';
import { pointOfView } from './folded.ts';
import { journeySummary } from './journeys.ts';
import { flagParameter, idParameter, numberParameter, pageParameters, sortParameter } from './parameters.ts';
import { trustMove } from './trust-changes.ts';

const customerSummary = z
  .strictObject({
    id: z.string(),
    stage,
    since: instant.nullable().describe('When the stage was entered; null for who never left none'),
    satisfaction: score.nullable(),
    satisfiedMoments: count,
    delights: count,
    purchases: count,
    loyalty,
    quietlyLeaving: z
      .boolean()
      .describe(
        'Satisfied, and silent for longer than their own rhythm of visits allows, or for too many days without one',
      ),
  })
  .meta({ id: 'CustomerSummary' });

const customer = z
  .strictObject({
    ...customerSummary.shape,
    history: z.array(trustMove),
    journeys: z.array(journeySummary),
    next: z
      .strictObject({ stage, missing: z.array(requirement) })
      .nullable()
      .meta({ id: 'NextStage', description: 'What is missing for the stage above; null at the highest' }),
    total: z
      .strictObject({ history: count, journeys: count })
      .meta({ id: 'CustomerTotal', description: 'How many there are on all pages' }),
    nextCursor,
    parkedEvents,
    historyCut,
  })
  .meta({ id: 'Customer' });

const customerFromRows = z
  .strictObject({
    ...customerSummary.shape,
    history: z.array(trustMove).describe('The last 500'),
    journeys: z.array(journeySummary).describe('The first 500'),
    ...fromRows,
  })
  .meta({
    id: 'CustomerFromRows',
    description: 'Answered while the log is away: without what is missing for the next stage, which only the log has',
  });

export const getCustomer = endpoint({
  id: 'getCustomer',
  method: 'GET',
  path: '/v1/customers/:customerId',
  tag: 'Customers',
  summary: 'One customer: the trust stage, how it came about, and what is missing for the next',
  description:
    '`history` and `journeys` come in the order in which they began, a page of both at a time; `total` says how many there are. While the log is away the answer says what rows do (`source: rows`), or 503 where `asOf` or `knownAt` is asked for.',
  scope: 'read',
  waits: 'position',
  params: z.strictObject({ customerId: idParameter }),
  query: pointOfView,
  answer: z.union([customer, customerFromRows]).meta({ id: 'OneCustomer' }),
  problems: [404, 410],
});

export const listCustomers = endpoint({
  id: 'listCustomers',
  method: 'GET',
  path: '/v1/customers',
  tag: 'Customers',
  summary: 'Customers that pass all filters, a page at a time',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    stage: stage.optional(),
    loyalty: loyalty.optional(),
    quietlyLeaving: flagParameter.optional(),
    minSatisfaction: numberParameter(0, 100).optional(),
    maxSatisfaction: numberParameter(0, 100).optional(),
    sort: sortParameter('CustomerSort', ['satisfaction', 'lastAt', 'since', 'id'], '-lastAt'),
    ...pageParameters,
  }),
  answer: pageOf('CustomerPage', customerSummary),
});
