import { z } from 'zod';
import { type Definition, definitionSchema, definitionsByType } from './definitions.ts';
import { type Policy, policyAsRecorded } from './policy.ts';
import { type MeasurementRules, RULES } from './state.ts';

/** The first version of the product did not record its rules. */
const measuresSchema = z.object({
  rules: z.int().positive().default(1),
  settlesToRecording: z.literal(true).optional(),
  expectsSince: z.int().optional(),
  policy: z.unknown().transform(policyAsRecorded),
  definitions: z.array(definitionSchema),
});

/**
 * The source of the product's now, which decides, beside policy and definitions, which rows the
 * same events make: the time of day, or the greatest event time.
 */
export type ClockKind = 'wall' | 'log';

/** The text that is recorded with a generation: its measures, rules and clock. */
export function encodeMeasures(
  policy: Policy,
  definitions: Iterable<Definition>,
  clock: ClockKind,
  expectsSince?: number,
): string {
  return JSON.stringify({
    rules: RULES,
    ...(clock === 'wall' && { settlesToRecording: true }),
    ...(expectsSince !== undefined && { expectsSince }),
    policy,
    definitions: [...definitions],
  });
}

export function decodeMeasures(text: string): MeasurementRules {
  const { rules, settlesToRecording, expectsSince, policy, definitions } = measuresSchema.parse(JSON.parse(text));
  return {
    policy,
    definitions: definitionsByType(definitions),
    ...(settlesToRecording && { settlesToRecording }),
    ...(expectsSince !== undefined && { expectsSince }),
    ...(rules !== RULES && { rules }),
  };
}

/** The `CLOCK` under which the rows were filled. */
export function clockKindOf({ settlesToRecording }: MeasurementRules): ClockKind {
  return settlesToRecording === true ? 'wall' : 'log';
}

/**
 * Whether rows were filled under earlier rules or another `CLOCK`, so that the same events and
 * measures would make other rows now. Rows of a later version are left alone.
 */
export function isOutdated(measures: MeasurementRules, clock: ClockKind): boolean {
  const { rules = RULES } = measures;
  return rules < RULES || (rules === RULES && clockKindOf(measures) !== clock);
}

export const FILLED_ANEW =
  'the read model was filled under earlier rules, or with another CLOCK: it answers while it is filled anew beside, with the same measures';

/** Encodes the same policy and definitions under the present rules. */
export function encodeUnderNewRules({ policy, definitions, expectsSince }: MeasurementRules, clock: ClockKind): string {
  return encodeMeasures(policy, definitions.values(), clock, expectsSince);
}
