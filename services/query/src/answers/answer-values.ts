import { dataSchemas, levels, stages } from '@touchstone/journey';
import { z } from 'zod';

/** Values that stand in many answers. Each enumeration has its name in the description of the API, as what may be null has its own. */

export const instant = z.iso.datetime({ precision: 3 }).meta({ examples: ['2026-03-01T09:30:00.000Z'] });
export const score = z.number().min(0).max(100);
export const count = z.number().int().nonnegative();
export const position = z
  .string()
  .regex(/^\d+$/)
  .meta({ examples: ['18231'] });

export const stage = z.enum(stages).meta({ id: 'Stage' });
export const loyalty = z.enum(['true', 'latent', 'spurious', 'none']).meta({ id: 'Loyalty' });
export const journeyStatus = z.enum(['open', 'completed', 'abandoned']).meta({ id: 'JourneyStatus' });
export const verdict = z.enum(['exceeded', 'confirmed', 'failed']).meta({ id: 'Verdict' });
export const verdictOrNull = verdict.nullable().meta({ id: 'VerdictOrNull' });
export const level = z.enum(levels).meta({ id: 'Level' });
export const levelOrNull = level.nullable().meta({ id: 'LevelOrNull' });
export const adjustmentKind = z.enum(['broken-promises', 'open-complaints']).meta({ id: 'AdjustmentKind' });
export const { instrument } = dataSchemas['touchstone.feedback.given.v1'].shape;
export const scoredInstrumentOrNull = z.enum(['csat', 'ces']).nullable().meta({ id: 'ScoredInstrumentOrNull' });
export const promiseState = z.enum(['open', 'kept', 'withdrawn', 'broken', 'kept-late']).meta({ id: 'PromiseState' });
export const bucketLength = z.enum(['1m', '5m', '15m', '1h', '6h', '1d']).meta({ id: 'BucketLength' });

/** What a trust stage asks for, and what there is of it. */
export const requirement = z
  .strictObject({
    requirement: z.string(),
    have: z.number().nullable(),
    need: z.number(),
    comparison: z.enum(['at-least', 'at-most', 'below']).meta({ id: 'RequirementComparison' }),
  })
  .meta({ id: 'Requirement' });
