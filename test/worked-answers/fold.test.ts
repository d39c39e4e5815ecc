import {
  decodeEvent,
  definitionsByType,
  foldCustomer,
  formatInstant,
  parseInstant,
  policyV1,
  viewCustomer,
} from '@touchstone/journey';
import { describe, expect, test } from 'vitest';
import { differences } from '../oracle/differences.ts';
import { eventsByCustomer, histories, sets, workedDefinitions, workedHistory } from './worked-answers.ts';

const within = 1e-9;

/** Times in the format of the answers. */
const told = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, part) =>
      /(?:At|^at)$/.test(name) && typeof part === 'number' ? formatInstant(part) : part,
    ),
  );

const each = histories.flatMap((name) => sets.map((set) => [name, set] as const));

describe.each(each)('the fold of history %s, %s', (name, set) => {
  const measures = { policy: policyV1, definitions: definitionsByType(workedDefinitions(set)) };
  const { published, asOf, journeys, customers } = workedHistory(name, set);
  const states = [...eventsByCustomer(published)].map(([id, events]) => {
    const decoded = events.map((event) => decodeEvent({ body: JSON.stringify(event) }));
    return foldCustomer(measures, id, decoded, parseInstant(asOf)!)!;
  });
  const views = states.map((state) => viewCustomer(measures, state));

  test('gives every figure of every customer and promise', () => {
    const found = states.map((state, index) => {
      const promises = [...state.promises.values()].map((promise) => {
        return [promise.id, { ...promise, expected: promise.isExpected }];
      });
      return [state.customerId, { ...views[index], promises: Object.fromEntries(promises) }];
    });
    expect(found.map(([id]) => id).sort()).toEqual(Object.keys(customers).sort());
    expect(differences(customers, told(Object.fromEntries(found)), within)).toEqual([]);
    const promises = states.flatMap((state) => [...state.promises.keys()]);
    expect(promises).toHaveLength(Object.values(customers).flatMap((each) => Object.keys(each.promises)).length);
  });

  test('gives every figure of every journey, with its least time and its first type', () => {
    const found = views.flatMap((view) => view.journeys.map((journey) => [journey.id, journey] as const));
    expect(found.map(([id]) => id).sort()).toEqual(Object.keys(journeys).sort());
    expect(differences(journeys, told(Object.fromEntries(found)), within)).toEqual([]);
  });
});
