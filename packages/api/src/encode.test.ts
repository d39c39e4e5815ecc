import { expect, test } from 'vitest';
import { z } from 'zod';
import { encoderOf } from './encode.ts';
import { instant, position } from './fields.ts';
import { type Endpoint, endpoints } from './index.ts';

test('what codecs hold is encoded wherever it stands, and null and what is absent stay so', () => {
  const schema = z.strictObject({
    at: instant,
    end: instant.nullable(),
    upTo: position.optional(),
    moves: z.array(z.strictObject({ at: instant })),
    byName: z.record(z.string(), instant),
  });
  const encode = encoderOf(schema);
  const told = { at: 0, end: null, upTo: 18_446_744_073_709_551_615n, moves: [{ at: 1 }], byName: { a: 2 } };
  expect(encode(told)).toEqual(z.encode(schema, told));
  expect(encode({ ...told, upTo: undefined, end: 3 })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    end: '1970-01-01T00:00:00.003Z',
    moves: [{ at: '1970-01-01T00:00:00.001Z' }],
    byName: { a: '1970-01-01T00:00:00.002Z' },
  });
});

test('fields that the schema does not name are not sent, unless it is open', () => {
  const closed = encoderOf(z.strictObject({ b: z.number(), a: z.number() }));
  expect(JSON.stringify(closed({ secret: 1, a: 2, b: 3 }))).toBe('{"b":3,"a":2}');
  const open = encoderOf(z.object({ at: instant }).catchall(z.string()));
  expect(JSON.stringify(open({ colour: 'red', at: 0 }))).toBe('{"colour":"red","at":"1970-01-01T00:00:00.000Z"}');
});

test('of alternatives the one is meant whose fields are there', () => {
  const encode = encoderOf(
    z.union([z.strictObject({ total: z.number(), at: instant }), z.strictObject({ source: z.string(), at: instant })]),
  );
  expect(encode({ source: 'rows', at: 0 })).toEqual({ source: 'rows', at: '1970-01-01T00:00:00.000Z' });
  expect(() => encode({ at: 0 })).toThrow(/no alternative has the fields at/);
});

test.each(Object.entries(endpoints) as [string, Endpoint][])('what %s answers can be encoded', (name, endpoint) => {
  expect(endpoint.id).toBe(name);
  expect(encoderOf(endpoint.answer)).toBeTypeOf('function');
});

test('a schema that only decodes is refused where it is declared', () => {
  expect(() => encoderOf(z.object({ at: z.string().transform(Number) }))).toThrow(/use a codec/);
});
