import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Definition, definitionSchema } from '@touchstone/journey';
import { customerOf, type PublishedEvent, withoutRepeats } from '../oracle/published-event.ts';

export const histories = ['601', '602'] as const;

export interface WorkedJourney {
  readonly customerId: string;
  readonly type: string;
  readonly [figure: string]: unknown;
}

export interface WorkedPromise {
  readonly journeyId: string | null;
  readonly dueAt: string;
  readonly state: string;
  readonly closedAt: string | null;
}

export interface WorkedCustomer {
  readonly quietlyLeaving: boolean;
  readonly history: readonly object[];
  readonly promises: Readonly<Record<string, WorkedPromise>>;
  readonly [figure: string]: unknown;
}

/**
 * The published events in log order, and every figure that follows from them at `asOf`. Times as
 * text.
 */
export interface WorkedHistory {
  readonly published: readonly PublishedEvent[];
  readonly asOf: string;
  readonly journeys: Readonly<Record<string, WorkedJourney>>;
  readonly customers: Readonly<Record<string, WorkedCustomer>>;
}

export function workedHistory(name: (typeof histories)[number]): WorkedHistory {
  const lines = unpacked(`${name}.stored.ndjson.gz`).trimEnd().split('\n');
  const published = lines.map((line) => (JSON.parse(line) as { event: PublishedEvent }).event);
  const measured = JSON.parse(unpacked(`${name}.measured-without-expects.json.gz`), (key, value) => {
    // These figures leave out promises that nobody published.
    return key === 'expected' ? undefined : value;
  });
  return { published, ...measured };
}

function unpacked(file: string): string {
  return gunzipSync(readFileSync(new URL(file, import.meta.url))).toString();
}

/**
 * Each customer's events as the log keeps them, with the customer as subject even if only `data`
 * names them.
 */
export function eventsByCustomer(published: readonly PublishedEvent[]): Map<string, PublishedEvent[]> {
  const events = new Map<string, PublishedEvent[]>();
  for (const event of withoutRepeats(published)) {
    const subject = customerOf(event);
    events.set(subject, [...(events.get(subject) ?? []), { ...event, subject }]);
  }
  return events;
}

/**
 * The definitions without `expects`, as the answers assume, and without members that the product's
 * schema does not know yet; those change no score.
 */
export function workedDefinitions(): Definition[] {
  const text = readFileSync(new URL('definitions.json', import.meta.url), 'utf8');
  const touchpoint = definitionSchema.shape.touchpoints.unwrap().valueType;
  return (JSON.parse(text) as Record<string, unknown>[]).map(({ expects, touchpoints, ...definition }) => ({
    ...(known(definitionSchema.shape, definition) as { type: string }),
    touchpoints: Object.fromEntries(
      Object.entries(touchpoints as object).map(([name, entry]) => [name, known(touchpoint.shape, entry)]),
    ),
  }));
}

function known(shape: object, value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(shape, name)));
}
