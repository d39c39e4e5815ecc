import fc from 'fast-check';
import type { z } from 'zod';
import { dataSchemas, type EventType } from '../src/events.ts';
import { id, instant, name, rating, text } from '../src/fields.ts';

/**
 * Arbitraries of the `data` of every event type, derived from its schema: a new type needs nothing
 * here while it uses known fields.
 */

export const anId = fc.stringMatching(/^[a-zA-Z0-9äß€😀_:/. -]{1,40}$/u).filter((id) => id !== '.' && id !== '..');
export const aName = fc.constantFrom(
  'payment',
  'delivery.received',
  'Kasse Süd',
  'x',
  '支払い',
  'constructor of things',
);
const spellings = [
  (iso: string) => iso,
  (iso: string) => iso.replace(/\.\d+Z$/, 'Z'),
  (iso: string) => iso.replace('Z', '123+00:00'),
  (iso: string) =>
    iso
      .replace('Z', '-00:30')
      .replace(/^2199/, '2198')
      .replace(/^1970-01-01T00/, '1970-01-01T12'),
];
export const aTime = fc
  .tuple(
    fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
    fc.constantFrom(...spellings),
  )
  .map(([date, spelt]) => spelt(date.toISOString()));
const aRating = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.double({ min: 1, max: 5, noNaN: true }),
  fc.constantFrom(
    { value: 7, min: 0, max: 10 },
    { value: -3, min: -3, max: 3 },
    { value: 1, min: 1, max: 2, note: 'x' },
  ),
);
const someAttributes = fc.dictionary(
  fc.stringMatching(/^[a-z][a-zA-Z ]{0,20}$/).filter((key) => !['constructor', 'prototype'].includes(key)),
  fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.double({ noNaN: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    fc.boolean(),
  ),
  { maxKeys: 8 },
);

/** Fields that are known by the schema they share. */
const known = new Map<unknown, fc.Arbitrary<unknown>>([
  [id, anId],
  [name, aName],
  [instant, aTime],
  [rating, aRating],
  [text, fc.string({ maxLength: 100 })],
]);

/** Arbitraries of fields whose values depend on other fields. */
const dependent: { readonly [Type in EventType]?: Readonly<Record<string, fc.Arbitrary<unknown>>> } = {
  'touchstone.moment.recorded.v1': {
    ratings: maybe(
      fc.dictionary(fc.constantFrom('reliability', 'assurance', 'tangibles', 'empathy', 'responsiveness'), aRating, {
        minKeys: 1,
      }),
    ),
  },
  // The scale of a score depends on the instrument.
  'touchstone.feedback.given.v1': { instrument: fc.constantFrom('csat', 'ces'), score: aRating },
};

/** Fields that are said for the event as a whole, not drawn one by one. */
const common = ['customerId', 'journeyId', 'journeyType', 'attributes', 'actor'];

/** Valid `data` of a type; its customer and its journey are left to the caller. */
export function goodDataOf(type: EventType): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(dataSchemas[type].shape as z.ZodRawShape).filter(([field]) => !common.includes(field));
  const drawn = fields.map(([field, schema]) => [field, dependent[type]?.[field] ?? arbitraryOf(schema)] as const);
  return fc.record({
    ...Object.fromEntries(drawn),
    attributes: maybe(someAttributes),
    actor: maybe(fc.record({ team: maybe(aName) })),
  });
}

function maybe<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

/** Throws for a kind of field that it does not know: say here how to draw one. */
function arbitraryOf(schema: unknown): fc.Arbitrary<unknown> {
  const shared = known.get(schema);
  if (shared !== undefined) return shared;
  const field = schema as z.ZodType;
  const { def } = field as unknown as { def: { type: string; innerType?: unknown; options?: readonly unknown[] } };
  switch (def.type) {
    case 'optional':
      return maybe(arbitraryOf(def.innerType));
    case 'union':
      return fc.oneof(...def.options!.map(arbitraryOf));
    case 'enum':
      return fc.constantFrom(...(field as z.ZodEnum).options);
    case 'boolean':
      return fc.boolean();
    case 'number': {
      const { minValue, maxValue } = field as z.ZodNumber;
      const bounds = { min: Math.max(minValue ?? -1e9, -1e9), max: Math.min(maxValue ?? 1e9, 1e9) };
      return fc.oneof(fc.integer(bounds), fc.double({ ...bounds, noNaN: true }));
    }
    case 'string': {
      const { format, maxLength } = field as z.ZodString;
      const pattern = format === 'regex' ? patternOf(field) : undefined;
      return pattern === undefined ? fc.string({ maxLength: maxLength ?? 100 }) : fc.stringMatching(pattern);
    }
    default:
      throw new Error(`no arbitrary for a field of type ${def.type}: declare one in ${import.meta.filename}`);
  }
}

function patternOf(field: z.ZodType): RegExp | undefined {
  const { checks = [] } = (field as unknown as { def: { checks?: { _zod: { def: { pattern?: RegExp } } }[] } }).def;
  return checks.map((check) => check._zod.def.pattern).find((pattern) => pattern !== undefined);
}
