import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { bucketLength, count, instant } from './fields.ts';
import {
  ATTRIBUTE_FILTERS_MAX,
  attributeParameters,
  instantParameter,
  integerParameter,
  nameParameter,
} from './parameters.ts';
import { type Dimension, dimensions } from './vocabulary.ts';

const NAMES = [...dimensions, 'attribute.<name>'].join(', ');
const dimension = z.union([z.enum(dimensions), z.templateLiteral(['attribute.', z.string().min(1).max(128)])]);
const combination = z.array(dimension).max(8);

const by = z
  .codec(z.string().max(1024).default('touchpoint,channel'), z.custom<readonly Dimension[]>(), {
    decode: (text, context) => {
      const parsed = combination.safeParse(text.split(','));
      if (parsed.success) return parsed.data;
      const message = `must be at most 8 of ${NAMES}, separated by commas`;
      context.issues.push({ code: 'custom', input: text, message });
      return z.NEVER;
    },
    encode: (names) => names.join(','),
  })
  .describe(`What the rates are split by: ${NAMES}`)
  .meta({ example: 'touchpoint,channel' });

/** A row names its dimensions in fields of their own: touchpoint, channel, attribute.colour. */
const failureRate = z
  .object({
    touchpoint: z.string().optional(),
    channel: z.string().optional(),
    bucket: instant.nullable().describe('Start of the bucket; null without buckets'),
    moments: count,
    failures: count,
    rate: z.number(),
    low: z.number().describe('Of the Wilson 95 % interval'),
    high: z.number(),
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
    'A failure is a moment whose outcome is not `succeeded`. What had no moments has no row. Combinations beyond `groupsMax`, and beyond 10,000 rows, are one at the end, `(other)`; something that is itself called so is shown, and asked for, as `((other))`.',
  scope: 'read',
  waits: 'rows',
  query: z.strictObject({
    from: instantParameter.describe('Moments at or after').optional(),
    to: instantParameter.describe('Moments before').optional(),
    by,
    bucket: bucketLength
      .describe('Also split by time; buckets start at whole multiples of their length, UTC')
      .optional(),
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
  answer: z.strictObject({ rows: z.array(failureRate) }).meta({ id: 'FailureRates' }),
});
