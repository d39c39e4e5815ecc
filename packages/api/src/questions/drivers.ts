import { z } from 'zod';
import { splitByNames, splitFields } from '../buckets.ts';
import { endpoint } from '../endpoint.ts';
import { count } from '../fields.ts';
import { instantParameter, noParameters } from '../parameters.ts';
import { driverFactors, driverOutcomes, qualityDimensions, raterDimensions } from '../vocabulary.ts';
import { where } from '../where.ts';
import { journeysBehind, mean, meanDifference, pageAsked } from './parts.ts';

/** Questions about what goes with an outcome. */

const selection = where.prefault({});

const factor = z
  .union([
    z.enum(driverFactors).meta({ id: 'DriverFactorName' }),
    z.templateLiteral(['attribute.', z.string().min(1).max(128)]),
  ])
  .meta({ id: 'DriverFactor' });
const outcome = z.enum(driverOutcomes).meta({ id: 'DriverOutcome' });
const unit = z
  .enum(['case', 'customer'])
  .meta({ id: 'DriverUnit' })
  .default('case')
  .describe('`customer`: only the latest case of each, because the cases of one customer are alike');
const side = z.strictObject({ n: count, mean: z.number() }).meta({ id: 'DriverSide' });

/** Factors of one question; the engine reads the moments once for all of them. */
export const DRIVER_FACTORS_MAX = 16;

export const askDrivers = endpoint({
  id: 'askDrivers',
  method: 'POST',
  path: '/v1/analytics/drivers',
  tag: 'Questions',
  summary: 'What goes with an outcome: touchpoints, failures, channels, teams, sites, attributes',
  description:
    'Each value against the journeys without it. `q` is the share of false findings among all values with a `q` as small (Benjamini and Hochberg), because many values are tested: trust those with `q` up to 0.05, which come first. What goes with an outcome need not cause it. `isPart` marks what is part of how the outcome is computed.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      where: selection,
      outcome,
      factors: z
        .array(factor)
        .min(1)
        .max(DRIVER_FACTORS_MAX)
        .refine((given) => new Set(given).size === given.length, 'must name each factor once')
        .describe('touchpoint, touchpoint-failed, channel, team and site unless told')
        .optional(),
      casesMin: z.int().min(1).max(1_000_000).default(30).describe('Cases on both sides, at least; 30 unless told'),
      unit,
      limit: z.int().min(1).max(500).default(50),
    })
    .meta({ id: 'DriversQuestion', examples: [{ where: { type: 'order' }, outcome: 'score' }] }),
  answer: z
    .strictObject({
      cases: count.describe('Cases that have the outcome'),
      tests: count.describe('Values tested'),
      items: z.array(
        z
          .strictObject({
            factor: z.string(),
            value: z.string(),
            with: side,
            without: side,
            ...meanDifference.shape,
            q: z.number(),
            isPart: z.boolean(),
          })
          .meta({ id: 'Driver' }),
      ),
    })
    .meta({ id: 'Drivers' }),
});

export const listDriverJourneys = endpoint({
  id: 'listDriverJourneys',
  method: 'POST',
  path: '/v1/analytics/drivers/journeys',
  tag: 'Questions',
  summary: 'The journeys on one side of a driver: with its value, or without it',
  description: 'As many as `n` of that side, for the same `where`, `outcome` and `unit`.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      where: selection,
      outcome,
      unit,
      factor,
      value: z.string().min(1).max(4096).describe('Of the factor, as the answer shows it'),
      has: z.boolean().default(true).describe('Journeys with the value, or those without it'),
      ...pageAsked,
    })
    .meta({
      id: 'DriverJourneysQuestion',
      examples: [{ where: { type: 'order' }, outcome: 'score', factor: 'channel', value: 'web' }],
    }),
  answer: journeysBehind,
});

/** Mean of n values with its 95 % interval. */
export const meanInterval = z
  .strictObject({ n: count, mean, low: mean, high: mean })
  .meta({ id: 'MeanInterval', description: 'With the 95 % interval of Student’s t; null where there are too few' });

export const askImportance = endpoint({
  id: 'askImportance',
  method: 'POST',
  path: '/v1/analytics/importance',
  tag: 'Questions',
  summary: 'How well each touchpoint does, and how much it matters: the quadrants of Martilla and James',
  description:
    '`importance` is the correlation of the touchpoint’s mean score in a journey with the outcome; null below 30 journeys, or where one side does not vary.',
  scope: 'read',
  waits: 'rows',
  query: noParameters,
  body: z
    .strictObject({
      where: selection,
      outcome: z.enum(['feedback', 'bought-again']).meta({ id: 'ImportanceOutcome' }).default('feedback'),
    })
    .meta({ id: 'ImportanceQuestion', examples: [{ where: { type: 'order' } }] }),
  answer: z
    .strictObject({
      rows: z.array(
        z
          .strictObject({
            touchpoint: z.string(),
            performance: meanInterval,
            n: count.describe('Journeys with a score there and the outcome'),
            importance: z.number().nullable(),
          })
          .meta({ id: 'TouchpointImportance' }),
      ),
    })
    .meta({ id: 'Importance' }),
});

const each = <Schema extends z.ZodType>(schema: Schema) =>
  Object.fromEntries(raterDimensions.map((name) => [name, schema])) as Record<(typeof raterDimensions)[number], Schema>;

export const getQuality = endpoint({
  id: 'getQuality',
  method: 'GET',
  path: '/v1/quality',
  tag: 'Touchpoints',
  summary: 'The five dimensions of quality (RATER): how each is rated, and how much it weighs',
  description:
    'Weights are those of Johnson (2000), over moments with a perception and all five ratings: the share of what customers perceive that belongs to each dimension. Null below 50 moments, or where the dimensions depend on one another.',
  scope: 'read',
  waits: 'rows',
  problems: [409],
  query: z.strictObject({
    from: instantParameter.describe('Moments at or after').optional(),
    to: instantParameter.describe('Moments before').optional(),
    by: splitByNames(qualityDimensions),
  }),
  answer: z
    .strictObject({
      rows: z.array(
        z
          .strictObject({
            ...splitFields(qualityDimensions),
            ratings: z.strictObject(each(meanInterval)).meta({ id: 'RatingMeans' }),
            n: count.describe('Moments with a perception and all five ratings'),
            r2: z.number().nullable().describe('Share of the spread of perception that the five explain'),
            weights: z
              .strictObject(each(z.strictObject({ raw: z.number(), share: z.number() }).meta({ id: 'RelativeWeight' })))
              .nullable()
              .meta({ id: 'RelativeWeights' }),
          })
          .meta({ id: 'QualityRow' }),
      ),
    })
    .meta({ id: 'Quality' }),
});
