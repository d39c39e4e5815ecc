import { type EventType, eventTypes } from '@touchstone/journey';
import { aName, anId, aTime, goodDataOf } from '@touchstone/journey/testing/data-arbitraries';
import fc from 'fast-check';

/** Arbitraries of events for tests: valid ones of every type, and ones with some fault. */

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

/** A round trip through JSON text, which drops undefined members as sending does. */
const asSent = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

export type AnyEvent = { [member: string]: unknown; data: { [field: string]: unknown } };

const goodEventOf = (type: EventType): fc.Arbitrary<AnyEvent> =>
  fc
    .record({
      specversion: fc.constant('1.0'),
      id: anId,
      source: anId,
      type: fc.constant(type),
      subject: anId,
      time: aTime,
      datacontenttype: maybe(
        fc.constantFrom('application/json', 'application/vnd.shop+json; charset=utf-8', 'Application/JSON'),
      ),
      traceparent: maybe(fc.constant('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')),
      journey: maybe(fc.record({ journeyId: anId, journeyType: aName })),
      data: goodDataOf(type),
    })
    .map(({ journey, data, ...event }) => asSent({ ...event, data: { ...journey, ...data } }));

// Built once, because building an arbitrary takes longer than generating an event.
export const goodEvent: fc.Arbitrary<AnyEvent> = fc.oneof(...eventTypes.map(goodEventOf));

/** Values that are wrong in most places and harmless in some. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1e308,
    -1e15,
    1.5,
    10.000001,
    2 ** 53,
    '',
    ' ',
    'x'.repeat(300),
    'x'.repeat(5000),
    '1.1',
    'NaN',
    '\u0000',
    '\ud800',
    'a\udfffb',
    '\u0085',
    'touchstone.change.trust.v1',
    'touchstone.moment.recorded.v2',
    '__proto__',
    '2026-02-30T00:00:00Z',
    '2026-03-01',
    '1969-12-31T23:59:59Z',
    '2200-01-01T00:00:00Z',
    '9999-99-99T99:99:99Z',
    '2026-03-01T10:00:00',
    '+275760-09-13T00:00:00Z',
    [],
    {},
    [[]],
    [1, 2],
    { value: 11, min: 0, max: 10 },
    { value: 1, min: 5, max: 5 },
    { value: '1', min: 0, max: 2 },
    { min: 0, max: 1 },
  ),
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.object({ maxDepth: 2 }),
);

const oddName = fc.constantFrom(
  'customerId',
  'journeyId',
  'journeyType',
  'attributes',
  'actor',
  'ratings',
  'data_base64',
  'constructor',
  'prototype',
  'unheardOf',
  'toString',
  'subject',
  'datacontenttype',
  'dataschema',
);

/** A valid event with one to three places changed, removed or added. */
export const mutatedEvent: fc.Arbitrary<AnyEvent> = fc
  .tuple(
    goodEvent,
    fc.array(fc.tuple(fc.nat(), oddName, oddValue, fc.constantFrom('set', 'set', 'remove', 'add')), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([event, changes]) => {
    const mutated = structuredClone(event);
    for (const [place, addedName, value, change] of changes) {
      const places = placesOf(mutated);
      const [owner, key] = places[place % places.length]!;
      if (change === 'remove') delete owner[key];
      else owner[change === 'set' ? key : addedName] = structuredClone(value);
    }
    return asSent(mutated);
  });

/** Every member at any level, with its owner. */
function placesOf(owner: Record<string, unknown>): [Record<string, unknown>, string][] {
  return Object.entries(owner).flatMap(([key, value]) => [
    [owner, key] as [Record<string, unknown>, string],
    ...(typeof value === 'object' && value !== null ? placesOf(value as Record<string, unknown>) : []),
  ]);
}
