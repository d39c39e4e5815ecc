import {
  type Definition,
  definitionSchema,
  definitionsByType,
  type Measures,
  type Policy,
  policyAsRecorded,
  RULES,
} from '@touchstone/journey';
import { z } from 'zod';

/** The first version did not record its rules. */
const measuresSchema = z.object({
  rules: z.int().positive().default(1),
  policy: z.unknown().transform(policyAsRecorded),
  definitions: z.array(definitionSchema),
});

/** What a generation is measured with, as the text that is recorded with it. */
export function encodeMeasures(policy: Policy, definitions: Iterable<Definition>): string {
  return JSON.stringify({ rules: RULES, policy, definitions: [...definitions] });
}

export function decodeMeasures(text: string): Measures {
  const { rules, policy, definitions } = measuresSchema.parse(JSON.parse(text));
  return { policy, definitions: definitionsByType(definitions), ...(rules !== RULES && { rules }) };
}

/** Whether rows were filled under earlier rules: the same events and measures make others now. Those of a later version are left as they are. */
export function isOutdated({ rules = RULES }: Measures): boolean {
  return rules < RULES;
}

export const FILLED_ANEW =
  'the read model was filled under earlier rules: it answers while it is filled anew beside, with the same measures';

/** The same policy and definitions, under the rules of now. */
export function encodeUnderNewRules({ policy, definitions }: Measures): string {
  return encodeMeasures(policy, definitions.values());
}
