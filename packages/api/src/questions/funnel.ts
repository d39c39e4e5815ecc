import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count } from '../fields.ts';
import { durationParameter, noParameters } from '../parameters.ts';
import {
  asked,
  breakdown,
  groupsMax,
  groupValue,
  journeysBehind,
  matcher,
  mean,
  pageAsked,
  rateOrNull,
  valueAsked,
} from './parts.ts';

/** Steps of one funnel. */
export const FUNNEL_STEPS_MAX = 20;

/** Matchers of moments that end a way through a funnel. */
export const FUNNEL_EXCLUDED_MAX = 20;

const funnel = {
  ...asked,
  steps: z.array(matcher).min(2).max(FUNNEL_STEPS_MAX),
  within: durationParameter
    .describe('Longest time from the first step to any other; as an ISO 8601 duration, e.g. P2D')
    .optional(),
  order: z
    .enum(['eventual', 'strict'])
    .meta({ id: 'FunnelOrder' })
    .default('eventual')
    .describe('eventual: other moments may lie between two steps. strict: none may'),
  exclude: z
    .array(matcher)
    .max(FUNNEL_EXCLUDED_MAX)
    .describe('Moments that end the way, between two steps')
    .default([]),
  breakdown: breakdown
    .describe(
      'Of the first moment of the way: channel, team, site; of the journey: type, attribute.<name>; of the customer: stage',
    )
    .optional(),
  groupsMax,
};

const steps = ['order.placed', 'payment.approved', 'delivery.received'];
const example = { where: { type: 'order' }, steps, within: 'P14D' };

const funnelStep = z
  .strictObject({
    touchpoint: z.string(),
    journeys: count.describe('Journeys that reached this step'),
    converted: count.describe('Of these, those that reached the next one; of the last step all'),
    open: count.describe('Those that may still reach it'),
    dropped: count.describe('Those that may not'),
    conversion: rateOrNull.describe(
      'Converted among converted and dropped; with `within`, among the journeys that began at least that long ago. Null for the last step',
    ),
    share: z.number().nullable().describe('Of the journeys that reached the first step'),
    medianMsFromPrevious: mean.describe('Null for the first step'),
    meanScore: mean.describe('Of the journeys that reached this step'),
  })
  .meta({ id: 'FunnelStep' });

export const askFunnel = endpoint({
  id: 'askFunnel',
  method: 'POST',
  path: '/v1/analytics/funnel',
  tag: 'Questions',
  summary: 'How many journeys come how far along some steps, and where they are lost',
  description:
    'A journey counts for the longest way along the steps that its moments have in them. In every row journeys = converted + open + dropped. A journey that reaches no step is in no row.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z.strictObject(funnel).meta({ id: 'FunnelQuestion', examples: [example] }),
  answer: z
    .strictObject({
      groups: z.array(z.strictObject({ value: groupValue, steps: z.array(funnelStep) }).meta({ id: 'FunnelGroup' })),
    })
    .meta({ id: 'Funnel' }),
});

export const listFunnelJourneys = endpoint({
  id: 'listFunnelJourneys',
  method: 'POST',
  path: '/v1/analytics/funnel/journeys',
  tag: 'Questions',
  summary: 'The journeys behind a figure of a funnel',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      ...funnel,
      step: z.int().min(1).max(FUNNEL_STEPS_MAX).describe('Number of the step, from 1'),
      state: z.enum(['reached', 'converted', 'open', 'dropped']).meta({ id: 'FunnelState' }),
      value: valueAsked,
      ...pageAsked,
    })
    .check(({ value, issues }) => {
      if (value.step > value.steps.length) {
        const message = `must be one of the ${value.steps.length} steps`;
        issues.push({ code: 'custom', input: value.step, path: ['step'], message });
      }
    })
    .meta({ id: 'FunnelJourneysQuestion', examples: [{ ...example, step: 2, state: 'dropped' }] }),
  answer: journeysBehind,
});
