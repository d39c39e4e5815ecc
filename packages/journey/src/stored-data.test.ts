import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataSchemas, type EventType, eventTypes } from './events.ts';
import { isStorable } from './stored-data.ts';

/**
 * Issues about spelling, attribute names or several fields together, which only incoming data is
 * checked for.
 */
const ASKED_OF_WHAT_COMES_IN: ReadonlySet<string> = new Set(['invalid_format', 'invalid_key', 'custom']);

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 5, 10.5, 1e9, 1.1e9, 1e13, 1e300, '', 'x', 'a\nb', [], ['x'], {}),
  fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, Number.NaN, 'x'.repeat(129), 'x'.repeat(257), 'x'.repeat(10_001)),
  fc.constantFrom<unknown>('succeeded', 'people', 'csat', 'nps', 'refund', 'EUR', '2026-03-01T09:30:00Z', 'no time'),
  fc.record(
    { value: fc.constantFrom<unknown>(3, '3', 1e10), min: fc.constant(0), max: fc.constant(7) },
    { requiredKeys: [] },
  ),
  fc.record({ empathy: fc.constantFrom<unknown>(3, 7, null), other: fc.constant(3) }, { requiredKeys: [] }),
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 3 }),
    fc.constantFrom<unknown>('x', 1, true, null, {}, 'x'.repeat(4097)),
  ),
  fc.record({ id: fc.constantFrom<unknown>('x', 1), team: fc.constant('t') }, { requiredKeys: [] }),
);

/** Valid data with some fields changed. */
const dataOf = (type: EventType) => {
  const file = new URL(`./fixtures/${type}.json`, import.meta.url);
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: object };
  const fields = Object.fromEntries(Object.keys(dataSchemas[type].shape).map((name) => [name, strange]));
  const changed = fc.record({ ...fields, beyond: strange }, { requiredKeys: [] });
  return fc.oneof(
    strange,
    changed,
    changed.map((fields) => ({ ...data, ...Object.fromEntries(Object.entries(fields).slice(0, 2)) })),
  );
};

test.each(eventTypes)('%s is checked as its schema says, but for spelling', (type) => {
  let stored = 0;
  fc.assert(
    fc.property(dataOf(type), (data) => {
      const { error } = dataSchemas[type].safeParse(data);
      const isAsSchema = (error?.issues ?? []).every(({ code }) => ASKED_OF_WHAT_COMES_IN.has(code));
      expect(isStorable(type, data)).toBe(isAsSchema);
      if (isAsSchema) stored++;
    }),
    { numRuns: 1_000 },
  );
  expect(stored).toBeGreaterThan(0);
});
