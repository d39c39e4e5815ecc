import { definitionSchema } from '@touchstone/api/definition';
import type { Fault } from './use-schema.ts';

/** The faults for which the service would refuse a definition, in its words. */
export function faultsOf(value: unknown): readonly Fault[] {
  const { error } = definitionSchema.safeParse(value);
  return (error?.issues ?? []).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}
