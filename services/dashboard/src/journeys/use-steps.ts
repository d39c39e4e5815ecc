import type { Definitions, Variants } from '@touchstone/api';
import { useTypes } from '../data/titles.ts';
import { REPORT_REFRESH_MS, SLOW_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import type { Address } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { listIn } from './lists-in-address.ts';
import { whereIn } from './where-asked.ts';

type Definition = Definitions['items'][number]['definition'];

/** Steps that a funnel takes. */
export const STEPS_MAX = 20;

/** The definition in force of a type; undefined while it is not known, null if there is none. */
export function useDefinition(type: string | undefined): Definition | null | undefined {
  const { data } = useAnswer<Definitions>('/v1/definitions', SLOW_REFRESH_MS);
  if (data === undefined) return undefined;
  return data.items.find((item) => item.type === type && item.state === 'in-force')?.definition ?? null;
}

/** The selection with a type, where only one type has a definition. */
export function useTyped(address: Address): Address {
  const types = useTypes();
  const [only] = types;
  return address.type !== undefined || types.length !== 1 || only === undefined ? address : { ...address, type: only };
}

export interface Steps {
  /** Undefined while they are not known. */
  readonly steps: readonly string[] | undefined;
  readonly from: 'address' | 'definition' | 'way';
}

/**
 * The touchpoints that a view follows: those of the address, else the steps of the type, else those
 * of the most frequent way.
 */
export function useSteps(address: Address, period: Period): Steps {
  const chosen = listIn(address.steps);
  const definition = useDefinition(address.type);
  const defined = definition?.steps ?? [];
  const isAsked = chosen.length === 0 && definition !== undefined && defined.length < 2;
  const question = { path: '/v1/analytics/variants', body: { where: whereIn(address, period), limit: 1 } };
  const { data } = useAnswer<Variants>(isAsked ? question : null, REPORT_REFRESH_MS);
  if (chosen.length > 0) return { steps: chosen, from: 'address' };
  if (definition === undefined) return { steps: undefined, from: 'definition' };
  if (defined.length >= 2) return { steps: defined.slice(0, STEPS_MAX), from: 'definition' };
  const labels = data?.items[0]?.labels;
  const way = labels === undefined ? [] : [...new Set(labels)].slice(0, STEPS_MAX);
  return { steps: data === undefined ? undefined : way, from: 'way' };
}
