import { z } from 'zod';
import { bucketParameters, bucketSpan, splitBy } from './buckets.ts';
import { endpoint } from './endpoint.ts';
import { count, instant } from './fields.ts';
import {
  ATTRIBUTE_FILTERS_MAX,
  attributeParameters,
  instantParameter,
  integerParameter,
  nameParameter,
} from './parameters.ts';
import { clocks } from './questions/parts.ts';
import { dimensions } from './vocabulary.ts';

const by = splitBy(dimensions, ['touchpoint', 'channel']).describe(
  `What the rates are split by: ${[...dimensions, 'attribute.<name>'].join(', ')}; empty: nothing`,
);

/** A row names its dimensions in fields of their own: touchpoint, channel, attribute.colour. */
const failureRate = z
  .object({
    touchpoint: z.string().optional(),
    channel: z.string().optional(),
    bucket: instant.nullable().describe('Start of the bucket; null without buckets'),
    isOpen: z.boolean().optional().describe('With buckets: whether this one is not over'),
    moments: count,
    failures: count,
    rate: z.number().nullable().describe('Null in a bucket without moments'),
    low: z.number().nullable().describe('Of the Wilson 95 % interval'),
    high: z.number().nullable(),
  })
  .catchall(z.string())
  .meta({ id: 'FailureRate' });

export const getFailureRates = endpoint({
  id: 'getFailureRates',
  method: 'GET',
  path: '/v1/touchpoints/failure-rates',
  tag: 'Touchpoints',
  summary: 'How often moments fail, with the Wilson 95 % interval of each rate',
  description:
    'A failure is a moment whose outcome is not `succeeded`. What had no moments has no row; with buckets, what had some has a row for every bucket. Combinations beyond `groupsMax`, and beyond 10,000 rows, are one at the end, `(other)`; in such an answer, something that is itself called so is shown as `((other))`.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    from: instantParameter.describe('Moments at or after').optional(),
    to: instantParameter.describe('Moments before').optional(),
    by,
    ...bucketParameters,
    ...clocks,
    type: nameParameter.describe('Only moments of journeys of this type').optional(),
    touchpoint: nameParameter.optional(),
    channel: nameParameter.optional(),
    team: nameParameter.describe('Only moments whose actor was of this team').optional(),
    site: nameParameter.describe('Only moments whose actor was at this site').optional(),
    attributes: attributeParameters(
      `\`attribute.<name>=<value>\`: only moments whose event has this attribute with this value; ${ATTRIBUTE_FILTERS_MAX} names at most`,
    ).optional(),
    groupsMax: integerParameter(1, 10_000)
      .describe(
        'Combinations listed, those with most moments; the others are one more, `(other)`. As many as 10,000 rows hold unless told',
      )
      .optional(),
  }),
  answer: z.strictObject({ ...bucketSpan, rows: z.array(failureRate) }).meta({ id: 'FailureRates' }),
});
