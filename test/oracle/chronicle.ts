import { own } from './moment-score.ts';
import type { Definition, PublishedEvent } from './published-event.ts';

export type Stage = 'none' | 'cognitive' | 'affective' | 'behavioural';

export interface Move {
  readonly from: Stage;
  readonly to: Stage;
  readonly at: number;
  readonly because: string;
  readonly satisfaction: number;
}

/** What came about for one customer, in the order in which it was applied: events, and what fell due between them. */
export type Entry =
  | { readonly what: 'event'; readonly event: PublishedEvent }
  | { readonly what: 'breach'; readonly promiseId: string }
  | { readonly what: 'abandonment'; readonly journeyId: string; readonly at: number }
  | { readonly what: 'move'; readonly move: Move };

/** Nothing is kept but the list: every figure is worked out from all of it, each time it is asked for. */
export type Chronicle = readonly Entry[];

export type Definitions = Readonly<Record<string, Definition>>;

/** A chronicle never changes, so what is worked out from all of it need not be worked out again for each question. */
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

/** §4: the first `journeyType` of a journey stays, whatever later events say. */
export function typeOfJourney(chronicle: Chronicle, journeyId: string): string | undefined {
  return eventsIn(chronicle).find((event) => event.data.journeyId === journeyId)?.data.journeyType;
}

/** §3: an event without a journey has no definition; §8: nor has one of an unknown type. */
export function definitionOf(
  chronicle: Chronicle,
  definitions: Definitions,
  journeyId: string | undefined,
): Definition | undefined {
  if (journeyId === undefined) return undefined;
  const type = typeOfJourney(chronicle, journeyId);
  return type === undefined ? undefined : own(definitions, type);
}

export function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}
