import { type EventType, eventTypes } from '@touchstone/journey';
import fc from 'fast-check';

/** Arbitraries of events for tests: valid ones of every type, and ones with some fault. */

const id = fc.stringMatching(/^[a-zA-Z0-9äß€😀_:/. -]{1,40}$/u).filter((text) => text !== '.' && text !== '..');
const name = fc.constantFrom('payment', 'delivery.received', 'Kasse Süd', 'x', '支払い', 'constructor of things');
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
const time = fc
  .tuple(
    fc.date({ min: new Date('1970-01-01'), max: new Date('2199-12-31'), noInvalidDate: true }),
    fc.constantFrom(...spellings),
  )
  .map(([date, spelt]) => spelt(date.toISOString()));
const rating = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.double({ min: 1, max: 5, noNaN: true }),
  fc.constantFrom(
    { value: 7, min: 0, max: 10 },
    { value: -3, min: -3, max: 3 },
    { value: 1, min: 1, max: 2, note: 'x' },
  ),
);
const attributes = fc.dictionary(
  fc.stringMatching(/^[a-z][a-zA-Z ]{0,20}$/).filter((key) => !['constructor', 'prototype'].includes(key)),
  fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.double({ noNaN: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    fc.boolean(),
  ),
  { maxKeys: 8 },
);
const ratings = fc.dictionary(fc.constantFrom('reliability', 'assurance', 'tangibles', 'empathy'), rating, {
  minKeys: 1,
});

const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

type Fields = Record<string, fc.Arbitrary<unknown>>;

const fieldsOf: Record<EventType, Fields> = {
  'touchstone.moment.recorded.v1': {
    touchpoint: name,
    channel: name,
    outcome: fc.constantFrom('succeeded', 'failed', 'abandoned'),
    expectation: maybe(rating),
    perception: maybe(rating),
    ratings: maybe(ratings),
    effort: maybe(rating),
    durationMs: maybe(fc.integer({ min: 0, max: 1e9 })),
    cause: maybe(fc.constantFrom('value', 'system', 'people')),
  },
  'touchstone.feedback.given.v1': {
    instrument: fc.constantFrom('csat', 'ces'),
    score: rating,
    touchpoint: maybe(name),
    comment: maybe(fc.string({ maxLength: 100 })),
  },
  'touchstone.promise.made.v1': { promiseId: id, dueAt: time, what: maybe(fc.string()), touchpoint: maybe(name) },
  'touchstone.promise.kept.v1': { promiseId: id },
  'touchstone.promise.withdrawn.v1': { promiseId: id },
  'touchstone.complaint.raised.v1': {
    complaintId: id,
    touchpoint: maybe(name),
    severity: maybe(fc.oneof(name, fc.integer())),
  },
  'touchstone.complaint.answered.v1': { complaintId: id },
  'touchstone.complaint.resolved.v1': {
    complaintId: id,
    firstContact: maybe(fc.boolean()),
    satisfaction: maybe(rating),
  },
  'touchstone.complaint.followed-up.v1': { complaintId: id, satisfaction: maybe(rating) },
  'touchstone.recovery.made.v1': {
    kind: fc.constantFrom('apology', 'refund', 'replacement', 'gesture'),
    accepted: fc.boolean(),
    touchpoint: maybe(name),
  },
  'touchstone.purchase.made.v1': {
    amount: fc.double({ min: 0, max: 1e6, noNaN: true }),
    currency: fc.constantFrom('EUR', 'usd'),
  },
  'touchstone.referral.made.v1': { referredId: maybe(id) },
  'touchstone.journey.completed.v1': { reason: maybe(fc.string()) },
  'touchstone.journey.abandoned.v1': { reason: maybe(fc.string()) },
  'touchstone.relationship.ended.v1': { reason: maybe(fc.string()) },
};

/** A round trip through JSON text, which drops undefined members as sending does. */
const asSent = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

export type AnyEvent = { [member: string]: unknown; data: { [field: string]: unknown } };

const goodEventOf = (type: EventType): fc.Arbitrary<AnyEvent> =>
  fc
    .record({
      specversion: fc.constant('1.0'),
      id,
      source: id,
      type: fc.constant(type),
      subject: id,
      time,
      datacontenttype: maybe(
        fc.constantFrom('application/json', 'application/vnd.shop+json; charset=utf-8', 'Application/JSON'),
      ),
      traceparent: maybe(fc.constant('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')),
      journey: maybe(fc.record({ journeyId: id, journeyType: name })),
      data: fc.record({
        ...fieldsOf[type],
        attributes: maybe(attributes),
        actor: maybe(fc.record({ team: maybe(name) })),
      }),
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
