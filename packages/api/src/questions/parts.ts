import { z } from 'zod';
import { count, pageOf } from '../fields.ts';
import { journeySummary } from '../journeys.ts';
import { instantParameter } from '../parameters.ts';
import { attributesInBody, where } from '../where.ts';

/** Parts that the questions about many journeys share. */

/** The two clocks of a question. */
export const clocks = {
  asOf: instantParameter.describe('Only what had happened by then').optional(),
  knownAt: instantParameter.describe('Only events that were stored by then').optional(),
};

/** The selection and the clocks, which every question about journeys takes. */
export const asked = { where: where.prefault({}), ...clocks };

/** The page of a list, in a body. */
export const pageAsked = {
  limit: z.int().min(1).max(500).default(50).describe('Items of a page, at most; 50 unless told'),
  cursor: z.string().min(1).max(4096).describe('`nextCursor` of the page before').optional(),
};

const text = z.string().max(128);

/** A matcher in full: what is given must be equal. */
const fullMatcher = z
  .strictObject({
    touchpoint: text,
    channel: text.optional(),
    outcome: text.optional(),
    team: text.optional(),
    site: text.optional(),
    attributes: attributesInBody.optional(),
  })
  .meta({ id: 'FullMatcher' });

/** Names a step by its touchpoint, or by more; parsed to the full form. */
export const matcher = z
  .union([text, fullMatcher], 'must be a touchpoint, or an object with more of a moment')
  .meta({ id: 'Matcher' })
  .transform((given): Matcher => (typeof given === 'string' ? { touchpoint: given } : given));
export type Matcher = z.output<typeof fullMatcher>;

/** Breakdowns of a question, besides `attribute.<name>`. */
export const breakdowns = ['channel', 'team', 'site', 'stage', 'type'] as const;
export const breakdown = z
  .union(
    [z.enum(breakdowns).meta({ id: 'BreakdownName' }), z.templateLiteral(['attribute.', z.string().min(1).max(128)])],
    `must be one of ${[...breakdowns, 'attribute.<name>'].join(', ')}`,
  )
  .meta({ id: 'Breakdown' });
export type Breakdown = (typeof breakdowns)[number] | `attribute.${string}`;

/** Groups that an answer lists. */
export const GROUPS_MAX = 50;
export const groupsMax = z
  .int()
  .min(1)
  .max(GROUPS_MAX)
  .default(10)
  .describe('Groups listed, the largest; the others are one more, `(other)`');

/** The value of a group, as the answer shows it. */
export const groupValue = z
  .string()
  .nullable()
  .describe('Null without a breakdown; what is itself called `(other)` is shown as `((other))`');

/** The value of one group, to ask for the journeys behind it. */
export const valueAsked = z.string().max(4096).describe('The group, as the answer shows it').optional();

export const mean = z.number().nullable();
const interval = { low: z.number().nullable(), high: z.number().nullable() };

/** Rate k of n with its Wilson 95 % interval. */
export const rate = z
  .strictObject({ n: count, k: count, rate: z.number().nullable(), ...interval })
  .meta({ id: 'Rate', description: 'k of n, with the Wilson 95 % interval; null where n is 0' });
export const rateOrNull = rate.nullable().meta({ id: 'RateOrNull' });

/** Difference of two means with Welch's interval. */
export const meanDifference = z
  .strictObject({ difference: z.number().nullable(), ...interval, p: z.number().nullable() })
  .meta({
    id: 'MeanDifference',
    description: 'With the 95 % interval and two-sided p of the test of Welch; null where a side has too few values',
  });

/** A journey behind a figure; what is not kept for the past is null there. */
const journeyBehind = z
  .strictObject({
    ...journeySummary.shape,
    brokenPromises: count.nullable().describe('Null in the past'),
    promisesKeptLate: count.nullable().describe('Null in the past'),
    openComplaints: count.nullable().describe('Null in the past'),
  })
  .meta({ id: 'JourneyBehind', description: 'A journey behind a figure; in the past it has no score' });
export const journeysBehind = pageOf('JourneysBehindPage', journeyBehind);
