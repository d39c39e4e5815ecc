import { own } from './moment-score.ts';
import { type Definition, nameOf, type PublishedEvent } from './published-event.ts';

export type Stage = 'none' | 'cognitive' | 'affective' | 'behavioural';

export interface Move {
  readonly from: Stage;
  readonly to: Stage;
  readonly at: number;
  readonly because: string;
  readonly satisfaction: number;
}

/**
 * One step of a customer's history, in the order of application: an event, or a deadline that
 * passed between events.
 */
export type Entry =
  | { readonly what: 'event'; readonly event: PublishedEvent }
  /** `isExpected`: of a promise by §5a, whose id an old published promise may bear too. */
  | { readonly what: 'breach'; readonly promiseId: string; readonly isExpected: boolean }
  | { readonly what: 'abandonment'; readonly journeyId: string; readonly at: number }
  | { readonly what: 'move'; readonly move: Move };

/** The list is the only state: every figure is computed from all of it, each time it is needed. */
export type Chronicle = readonly Entry[];

export type Definitions = Readonly<Record<string, Definition>>;

/**
 * Caches an answer per chronicle, which never changes, so that each figure is computed only once.
 */
export function once<Answer>(workOut: (chronicle: Chronicle) => Answer): (chronicle: Chronicle) => Answer {
  const answers = new WeakMap<Chronicle, { readonly answer: Answer }>();
  return (chronicle) => {
    let known = answers.get(chronicle);
    if (known === undefined) {
      known = { answer: workOut(chronicle) };
      answers.set(chronicle, known);
    }
    return known.answer;
  };
}

export const eventsIn = once((chronicle): PublishedEvent[] =>
  chronicle.flatMap((entry) => (entry.what === 'event' ? [entry.event] : [])),
);

/** §4: a journey keeps its first `journeyType`, whatever later events say. */
export function typeOfJourney(chronicle: Chronicle, journeyId: string): string | undefined {
  return eventsIn(chronicle).find((event) => event.data.journeyId === journeyId)?.data.journeyType;
}

/** §3: an event without a journey has no definition; §8: neither has one of an unknown type. */
export function definitionOf(
  chronicle: Chronicle,
  definitions: Definitions,
  journeyId: string | undefined,
): Definition | undefined {
  if (journeyId === undefined) return undefined;
  const type = typeOfJourney(chronicle, journeyId);
  return type === undefined ? undefined : own(definitions, type);
}

export function isSucceededMoment(event: PublishedEvent): boolean {
  return nameOf(event) === 'moment.recorded' && event.data.outcome === 'succeeded';
}

/** §4: whether an event of a journey with this definition completes it. */
export function completes(event: PublishedEvent, definition: Definition | undefined): boolean {
  if (nameOf(event) === 'journey.completed') return true;
  return isSucceededMoment(event) && (definition?.completesOn ?? []).includes(event.data.touchpoint!);
}

export function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
