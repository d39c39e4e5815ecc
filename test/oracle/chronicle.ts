import { own } from './moment-score.ts';
import type { Definition, PublishedEvent } from './published-event.ts';

export type Stage = 'none' | 'cognitive' | 'affective' | 'behavioural';

export interface Move {
  readonly from: Stage;
  readonly to: Stage;
  readonly at: number;
  readonly because: string;
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

/** A chronicle never changes, so its events need not be picked out again for each question. */
const known = new WeakMap<Chronicle, PublishedEvent[]>();

export function eventsIn(chronicle: Chronicle): PublishedEvent[] {
  let events = known.get(chronicle);
  if (events === undefined) {
    events = chronicle.flatMap((entry) => (entry.what === 'event' ? [entry.event] : []));
    known.set(chronicle, events);
  }
  return events;
}

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
