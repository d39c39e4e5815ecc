import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Definition, definitionSchema } from '@touchstone/journey';
import { customerOf, type PublishedEvent, withoutRepeats } from '../oracle/published-event.ts';

export const histories = ['601', '602'] as const;

/** The sets of answers to each history: with all that the definitions expect, and without. */
export const sets = ['measured', 'measured-without-expects'] as const;

export interface WorkedJourney {
  readonly customerId: string;
  readonly type: string;
  readonly [figure: string]: unknown;
}

export interface WorkedPromise {
  readonly journeyId: string | null;
  readonly expected: boolean;
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

/** An event with the time at which the log took it in. */
interface StoredEvent {
  readonly recordedAt: string;
  readonly event: PublishedEvent;
}

/**
 * The published events in log order, and every figure that follows from them at `asOf`. Times as
 * text.
 */
export interface WorkedHistory {
  readonly stored: readonly StoredEvent[];
  readonly published: readonly PublishedEvent[];
  readonly asOf: string;
  readonly journeys: Readonly<Record<string, WorkedJourney>>;
  readonly customers: Readonly<Record<string, WorkedCustomer>>;
}

export function workedHistory(name: (typeof histories)[number], set: (typeof sets)[number]): WorkedHistory {
  const lines = unpacked(`${name}.stored.ndjson.gz`).trimEnd().split('\n');
  const stored = lines.map((line) => JSON.parse(line) as StoredEvent);
  const published = stored.map(({ event }) => event);
  const measured = JSON.parse(unpacked(`${name}.${set}.json.gz`));
  return { stored, published, ...measured };
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

/** The definitions that a set of answers follows from. */
export function workedDefinitions(set: (typeof sets)[number]): Definition[] {
  const text = readFileSync(new URL('definitions.json', import.meta.url), 'utf8');
  const definitions = (JSON.parse(text) as unknown[]).map((each) => definitionSchema.parse(each));
  return set === 'measured' ? definitions : definitions.map(({ expects: _, ...definition }) => definition);
}
