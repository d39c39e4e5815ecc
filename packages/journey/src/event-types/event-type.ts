import type { z } from 'zod';
import type { Changes } from '../changes.ts';
import type { Definition, TouchpointDefinition } from '../definitions.ts';
import type { Fault } from '../faults.ts';
import { type Rating, ratingFault } from '../fields.ts';
import { instantFault, parseInstant } from '../instant.ts';
import type { MomentScore } from '../moment-score.ts';
import type { Policy } from '../policy.ts';
import type { CustomerState, JourneyState, MeasurementRules } from '../state.ts';

/** The event measured against the definition of its journey, before the state takes it. */
export interface Weighed {
  readonly definition: Definition | undefined;
  /** The definition's entry of the event's touchpoint. */
  readonly touchpoint: TouchpointDefinition | undefined;
  /** Null where there is nothing to score. */
  readonly measured: MomentScore | null;
}

/** One event type: its file says all that the product knows of it. */
export interface EventTypeDeclaration<Name extends string, Schema extends z.ZodObject> {
  /** Wire name. The version is part of it; published events stay readable. */
  readonly name: Name;
  /** Schema of `data`. Other fields stay with the event and are measured by nothing. */
  readonly data: Schema;
  /** Adds the faults that no schema of single fields can find. `data` has passed the schema. */
  readonly checkMeaning?: (data: z.infer<Schema>, faults: Fault[]) => void;
  /**
   * Scores the event; null where there is nothing to score. An event type without it is no moment.
   */
  readonly measure?: (
    policy: Policy,
    definition: Definition | undefined,
    touchpoint: TouchpointDefinition | undefined,
    data: z.infer<Schema>,
  ) => MomentScore | null;
  /**
   * Changes the customer's state, and notes in `changes` which parts it touched. It never throws.
   */
  readonly apply: (
    measures: MeasurementRules,
    state: CustomerState,
    event: { readonly time: number; readonly data: z.infer<Schema> },
    journey: JourneyState | undefined,
    weighed: Weighed,
    changes: Changes,
  ) => void;
  /** True if the event makes a promise; ingest limits how many a customer may have. */
  readonly isPromise?: true;
}

/** Declares an event type, and keeps its name and its schema in the result's type. */
export function eventType<const Name extends string, Schema extends z.ZodObject>(
  declaration: EventTypeDeclaration<Name, Schema>,
): EventTypeDeclaration<Name, Schema> {
  return declaration;
}

/**
 * `moment.recorded` of `touchstone.moment.recorded.v1`: the name without its version, for mappings
 * and people.
 */
export function shortTypeOf(name: string): string {
  return name.replace(/^touchstone\./, '').replace(/\.v\d+$/, '');
}

export function addFault(faults: Fault[], path: string, message: string): void {
  faults.push({ path, message });
}

export function checkRating(faults: Fault[], path: string, value: Rating | undefined): void {
  const why = value === undefined ? undefined : ratingFault(value);
  if (why !== undefined) addFault(faults, path, why);
}

export function checkInstant(faults: Fault[], path: string, text: string): void {
  if (parseInstant(text) === undefined) addFault(faults, path, instantFault(text)!);
}
