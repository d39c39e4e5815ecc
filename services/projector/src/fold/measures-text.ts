import {
  type Definition,
  definitionSchema,
  definitionsByType,
  type Measures,
  type Policy,
  policyAsRecorded,
  RULES,
} from '@touchstone/journey';
import type { Config } from '@touchstone/runtime';
import { z } from 'zod';

/** The first version did not record its rules. */
const measuresSchema = z.object({
  rules: z.int().positive().default(1),
  settlesToRecording: z.literal(true).optional(),
  policy: z.unknown().transform(policyAsRecorded),
  definitions: z.array(definitionSchema),
});

/** What decides, beside policy and definitions, which rows the same events make: what now is. */
export type ClockKind = Config['clock'];

/** What a generation is measured with, as the text that is recorded with it. */
export function encodeMeasures(policy: Policy, definitions: Iterable<Definition>, clock: ClockKind): string {
  return JSON.stringify({
    rules: RULES,
    ...(clock === 'wall' && { settlesToRecording: true }),
    policy,
    definitions: [...definitions],
  });
}

export function decodeMeasures(text: string): Measures {
  const { rules, settlesToRecording, policy, definitions } = measuresSchema.parse(JSON.parse(text));
  return {
    policy,
    definitions: definitionsByType(definitions),
    ...(settlesToRecording && { settlesToRecording }),
    ...(rules !== RULES && { rules }),
  };
}

/** With which `CLOCK` rows were filled. */
export function clockKindOf({ settlesToRecording }: Measures): ClockKind {
  return settlesToRecording === true ? 'wall' : 'log';
}

/**
 * Whether rows were filled under earlier rules, or with another `CLOCK`: the same events and measures make others now. Those of a later version are left
 * as they are.
 */
export function isOutdated(measures: Measures, clock: ClockKind): boolean {
  const { rules = RULES } = measures;
  return rules < RULES || (rules === RULES && clockKindOf(measures) !== clock);
}

export const FILLED_ANEW =
  'the read model was filled under earlier rules, or with another CLOCK: it answers while it is filled anew beside, with the same measures';

/** The same policy and definitions, under the rules of now. */
export function encodeUnderNewRules({ policy, definitions }: Measures, clock: ClockKind): string {
  return encodeMeasures(policy, definitions.values(), clock);
}
