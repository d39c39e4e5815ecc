import { decodeEvent, definitionsByType, foldCustomer, policyV1, tellJourney, viewCustomer } from '@touchstone/journey';
import type { Definitions } from './chronicle.ts';
import {
  addsUp,
  differences,
  expectedComplaints,
  expectedCustomer,
  expectedJourney,
  expectedPromises,
} from './differences.ts';
import { type CustomerMeasures, courseOf, measureAsOf, measuresAt } from './measure.ts';
import { type PublishedEvent, withoutRepeats } from './published-event.ts';
import { mostLiteral, type Readings } from './readings.ts';

const within = 1e-9;

/**
 * Compares the product's pure functions with the oracle for one customer, and returns every
 * difference at every `now` and `asOf`.
 */
export function disagreements(
  events: readonly PublishedEvent[],
  definitions: Definitions,
  nows: readonly number[],
  asOfs: readonly number[],
  readings: Readings = mostLiteral,
): string[] {
  const course = courseOf(events, definitions, readings);
  return [
    ...nows.flatMap((now) => compare(events, definitions, now, measuresAt(course, definitions, now, readings))),
    ...asOfs.flatMap((asOf) => {
      // The store keeps the first of repeated events, so later ones are in no log.
      const known = withoutRepeats(events).filter((event) => Date.parse(event.time) <= asOf);
      return compare(known, definitions, asOf, measureAsOf(events, definitions, asOf, readings));
    }),
  ];
}

function compare(
  events: readonly PublishedEvent[],
  definitions: Definitions,
  now: number,
  expected: CustomerMeasures | undefined,
): string[] {
  const at = (lines: string[]) => lines.map((line) => `at ${new Date(now).toISOString()} ${line}`);
  const measures = { policy: policyV1, definitions: definitionsByType(Object.values(definitions) as never) };
  const decoded = events.map((event) => decodeEvent({ body: JSON.stringify(event) }));
  const state = foldCustomer(measures, 'c1', decoded, now);
  if (state === null || expected === undefined) {
    return state === null && expected === undefined ? [] : at(['one of both knows no event']);
  }
  const lines = differences(expectedCustomer(expected), viewCustomer(measures, state), within);
  const promises = [...state.promises.values()].map((promise) => ({ ...promise, expected: promise.isExpected }));
  lines.push(...differences(byKey(expectedPromises(expected)), byKey(promises), within, 'promises'));
  if (promises.length !== expected.promises.length) lines.push('promises that nobody made');
  const complaints = [...state.complaints.values()].map((complaint) => {
    return { ...complaint, isOpen: complaint.resolvedAt === null };
  });
  lines.push(...differences(byId(expectedComplaints(expected)), byId(complaints), within, 'complaints'));
  for (const [id, journey] of expected.journeys) {
    if (!addsUp(journey)) lines.push(`the oracle's own ${id} does not add up`);
    const told = tellJourney(measures, 'c1', decoded, id, now);
    lines.push(...differences(expectedJourney(journey), told, within, `journey ${id}`));
  }
  return at(lines);
}

/** A published promise of an older log may bear the id of an expected one. */
function byKey<Item extends { readonly id: string; readonly expected: boolean }>(items: readonly Item[]) {
  return Object.fromEntries(items.map((item) => [`${item.expected} ${item.id}`, item]));
}

function byId<Item extends { readonly id: string }>(items: readonly Item[]): Record<string, Item> {
  return Object.fromEntries(items.map((item) => [item.id, item]));
}
