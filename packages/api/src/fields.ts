import { dataSchemas, formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import {
  adjustmentKinds,
  bucketLengths,
  journeyStatuses,
  levels,
  loyalties,
  promiseStates,
  requirementComparisons,
  scoredInstruments,
  stages,
  verdicts,
} from './vocabulary.ts';

/**
 * Fields that many answers share; a codec has the text on the wire and the value in the code.
 * The API's description gives each enumeration a name, and each nullable one too.
 */

/** Wire: ISO 8601 in UTC with milliseconds. Code: ms since 1970. */
export const instant = z
  .codec(z.iso.datetime({ precision: 3 }), z.number(), { decode: (text) => parseInstant(text)!, encode: formatInstant })
  .meta({ type: 'string', format: 'date-time', examples: ['2026-03-01T09:30:00.000Z'] });

/** Wire: digits, because a position may exceed the range of a double. Code: bigint. */
export const position = z
  .codec(z.string().regex(/^\d+$/), z.bigint(), { decode: BigInt, encode: String })
  .meta({ type: 'string', pattern: '^\\d+$', examples: ['18231'] });

export const score = z.number().min(0).max(100);
export const count = z.number().int().nonnegative();

export const stage = z.enum(stages).meta({ id: 'Stage' });
export const loyalty = z.enum(loyalties).meta({ id: 'Loyalty' });
export const journeyStatus = z.enum(journeyStatuses).meta({ id: 'JourneyStatus' });
export const verdict = z.enum(verdicts).meta({ id: 'Verdict' });
export const verdictOrNull = verdict.nullable().meta({ id: 'VerdictOrNull' });
export const level = z.enum(levels).meta({ id: 'Level' });
export const levelOrNull = level.nullable().meta({ id: 'LevelOrNull' });
export const adjustmentKind = z.enum(adjustmentKinds).meta({ id: 'AdjustmentKind' });
export const { outcome } = dataSchemas['touchstone.moment.recorded.v1'].shape;
export const { instrument } = dataSchemas['touchstone.feedback.given.v1'].shape;
export const scoredInstrumentOrNull = z.enum(scoredInstruments).nullable().meta({ id: 'ScoredInstrumentOrNull' });
export const promiseState = z.enum(promiseStates).meta({ id: 'PromiseState' });
export const bucketLength = z.enum(bucketLengths).meta({ id: 'BucketLength' });

/** A requirement of a trust stage, and the customer's value. */
export const requirement = z
  .strictObject({
    requirement: z.string(),
    have: z.number().nullable(),
    need: z.number(),
    comparison: z.enum(requirementComparisons).meta({ id: 'RequirementComparison' }),
  })
  .meta({ id: 'Requirement' });

export const nextCursor = z.string().nullable().describe('For the next page; null at the end');

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(id: string, item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor }).meta({ id });
}

/** Events of a customer that could not be taken. */
export const parkedEvents = count
  .optional()
  .describe('Events of this customer that could not be taken; there only if there are any (see /v1/parked).');

/** Mark of an answer when the beginning of the history is gone. */
export const historyCut = z
  .strictObject({
    from: instant.nullable().describe('When the first event that is left was stored; null where none is left'),
    upTo: position.describe('Position of the log up to which their events are gone'),
  })
  .meta({
    id: 'HistoryCut',
    description:
      'The beginning of the history is missing: it was deleted in the event store. Answers from rows (`source: rows`) tell it once the rows have followed, and name the last event that they lost',
  })
  .optional();

/** Marks of an answer from rows. */
export const fromRows = {
  source: z.literal('rows').describe('The log was away: this is what the rows of the read model say'),
  settledTo: instant.describe('Of what fell due with time alone, all that did before this is in it'),
  projected: position.describe('Position of the log up to which everything is in it'),
  parkedEvents,
  historyCut,
};
