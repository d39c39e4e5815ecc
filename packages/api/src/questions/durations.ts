import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count } from '../fields.ts';
import { noParameters } from '../parameters.ts';
import {
  asked,
  breakdown,
  groupsMax,
  groupValue,
  journeysBehind,
  matcher,
  mean,
  pageAsked,
  valueAsked,
} from './parts.ts';

const ms = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** Borders between the bins of one histogram. */
export const HISTOGRAM_EDGES_MAX = 100;

const durations = {
  ...asked,
  from: matcher,
  to: matcher,
  breakdown: breakdown
    .describe(
      'Of the first moment: channel, team, site; of the journey: type, attribute.<name>; of the customer: stage',
    )
    .optional(),
  groupsMax,
  edgesMs: z
    .array(ms.positive())
    .min(1)
    .max(HISTOGRAM_EDGES_MAX)
    .refine((edges) => edges.every((edge, at) => at === 0 || edge > edges[at - 1]!), 'must ascend')
    .describe('Borders of the bins of a histogram, ms')
    .optional(),
};

const example = { where: { type: 'order' }, from: 'order.placed', to: 'delivery.received' };

export const askDurations = endpoint({
  id: 'askDurations',
  method: 'POST',
  path: '/v1/analytics/durations',
  tag: 'Questions',
  summary: 'How long journeys take from one moment to another',
  description:
    'From the first moment that matches `from` to the first later one that matches `to`. `medianMsWithOpen` also counts those that still wait (Kaplan and Meier): the arrived alone are too fast.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z.strictObject(durations).meta({ id: 'DurationsQuestion', examples: [example] }),
  answer: z
    .strictObject({
      groups: z.array(
        z
          .strictObject({
            value: groupValue,
            cases: count.describe('Journeys with a moment that matches `from`'),
            arrived: count,
            open: count.describe('Not arrived, and still open'),
            never: count.describe('Not arrived, and ended'),
            meanMs: mean,
            quantilesMs: z
              .strictObject({ p10: mean, p25: mean, p50: mean, p75: mean, p90: mean, p99: mean })
              .meta({ id: 'DurationQuantiles' }),
            medianMsWithOpen: mean,
            histogram: z
              .array(
                z
                  .strictObject({ fromMs: z.number(), toMs: z.number().nullable(), cases: count })
                  .meta({ id: 'DurationBin' }),
              )
              .nullable()
              .meta({ id: 'DurationHistogram' })
              .describe('Null without `edgesMs`'),
          })
          .meta({ id: 'DurationGroup' }),
      ),
    })
    .meta({ id: 'Durations' }),
});

export const listDurationsJourneys = endpoint({
  id: 'listDurationsJourneys',
  method: 'POST',
  path: '/v1/analytics/durations/journeys',
  tag: 'Questions',
  summary: 'The journeys behind a figure of the durations',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      ...durations,
      state: z.enum(['arrived', 'open', 'never']).meta({ id: 'DurationState' }),
      minMs: ms.describe('Arrived after at least').optional(),
      maxMs: ms.describe('Arrived sooner than').optional(),
      value: valueAsked,
      ...pageAsked,
    })
    .meta({ id: 'DurationsJourneysQuestion', examples: [{ ...example, state: 'open' }] }),
  answer: journeysBehind,
});
