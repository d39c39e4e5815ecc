import {
  type Definition,
  definitionSchema,
  definitionsByType,
  type Measures,
  type Policy,
  policySchema,
} from '@touchstone/journey';
import { z } from 'zod';

const measuresSchema = z.object({ policy: policySchema, definitions: z.array(definitionSchema) });

/** What a generation is measured with, as the text that is recorded with it. */
export function encodeMeasures(policy: Policy, definitions: readonly Definition[]): string {
  return JSON.stringify({ policy, definitions });
}

export function decodeMeasures(text: string): Measures {
  const { policy, definitions } = measuresSchema.parse(JSON.parse(text));
  return { policy, definitions: definitionsByType(definitions) };
}
