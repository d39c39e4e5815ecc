import fc from 'fast-check';
import {
  DAY_MS,
  type Definition,
  definitionsByType,
  formatInstant,
  type JourneyEvent,
  type MeasurementRules,
  policyV1,
} from '../src/index.ts';

/**
 * Small worlds in which everything happens often: few ids, and times that repeat, go back and jump
 * over every deadline.
 */

export const shop: Definition = {
  type: 'order',
  expectation: 4,
  completesOn: ['delivery.received'],
  touchpoints: {
    'payment.approved': { weight: 2, critical: true, expectation: 4.5 },
    'parcel.shipped': { targetMs: 172_800_000 },
    'delivery.received': { weight: 3, critical: true },
  },
  expects: [
    { after: 'payment.approved', touchpoint: 'parcel.shipped', withinMs: 3 * DAY_MS },
    { after: 'constructor', touchpoint: 'payment.approved', withinMs: 14 * DAY_MS },
    { after: 'parcel.shipped', touchpoint: 'constructor', withinMs: 5 * DAY_MS, counts: false },
  ],
};

export const measures: MeasurementRules = { policy: policyV1, definitions: definitionsByType([shop]) };

const START = Date.UTC(2024, 0, 1);
const touchpoint = fc.constantFrom(
  'payment.approved',
  'parcel.shipped',
  'delivery.received',
  'desk.asked',
  'constructor',
);
const rating = fc.oneof(
  fc.constantFrom(1, 2, 3, 3.5, 4, 4.5, 5),
  fc.constantFrom({ value: 0, min: 0, max: 10 }, { value: 7, min: 0, max: 10 }, { value: 100, min: -100, max: 100 }),
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const id = fc.constantFrom('a', 'b', 'c');

/** Mostly forward by hours to weeks, sometimes back, sometimes exactly one deadline later. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 * DAY_MS }) },
  { weight: 3, arbitrary: fc.constantFrom(0, DAY_MS, 14 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS) },
  { weight: 2, arbitrary: fc.integer({ min: -40 * DAY_MS, max: 0 }) },
  { weight: 1, arbitrary: fc.constantFrom(180 * DAY_MS, 365 * DAY_MS, 400 * DAY_MS) },
);

const moment = fc.record({
  type: fc.constant('touchstone.moment.recorded.v1'),
  data: fc.record({
    touchpoint,
    channel: fc.constantFrom('web', 'phone'),
    outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed', 'abandoned'),
    expectation: maybe(rating),
    perception: fc.option(rating, { nil: undefined, freq: 1 }),
    effort: maybe(rating),
    durationMs: maybe(fc.constantFrom(0, 86_400_000, 172_800_000, 400_000_000, 900_000_000)),
    ratings: maybe(fc.record({ empathy: rating, reliability: rating })),
  }),
});

const other = fc.oneof(
  fc.record({
    type: fc.constant('touchstone.feedback.given.v1'),
    data: fc.oneof(
      fc.record({ instrument: fc.constantFrom('csat', 'ces'), score: rating, touchpoint: maybe(touchpoint) }),
      fc.record({ instrument: fc.constant('nps'), score: fc.integer({ min: 0, max: 10 }) }),
    ),
  }),
  fc.record({
    type: fc.constant('touchstone.promise.made.v1'),
    data: fc.record({ promiseId: id, dueIn: fc.integer({ min: -2 * DAY_MS, max: 20 * DAY_MS }) }),
  }),
  fc.record({
    type: fc.constantFrom('touchstone.promise.kept.v1', 'touchstone.promise.withdrawn.v1'),
    data: fc.record({ promiseId: id }),
  }),
  fc.record({
    type: fc.constant('touchstone.complaint.raised.v1'),
    data: fc.record({ complaintId: id, touchpoint: maybe(touchpoint) }),
  }),
  fc.record({
    type: fc.constantFrom('touchstone.complaint.answered.v1', 'touchstone.complaint.followed-up.v1'),
    data: fc.record({ complaintId: id }),
  }),
  fc.record({
    type: fc.constant('touchstone.complaint.resolved.v1'),
    data: fc.record({ complaintId: id, satisfaction: maybe(rating) }),
  }),
  fc.record({
    type: fc.constant('touchstone.recovery.made.v1'),
    data: fc.record({ kind: fc.constant('refund'), accepted: fc.boolean(), touchpoint: maybe(touchpoint) }),
  }),
  fc.record({
    type: fc.constant('touchstone.purchase.made.v1'),
    data: fc.constant({ amount: 10, currency: 'EUR' }),
  }),
  fc.record({
    type: fc.constantFrom(
      'touchstone.referral.made.v1',
      'touchstone.journey.completed.v1',
      'touchstone.journey.abandoned.v1',
    ),
    data: fc.constant({}),
  }),
);

const rare = fc.record({ type: fc.constant('touchstone.relationship.ended.v1'), data: fc.constant({}) });

const delight = fc.record({
  type: fc.constant('touchstone.moment.recorded.v1'),
  data: fc.constant({ touchpoint: 'desk.asked', channel: 'phone', outcome: 'succeeded', perception: 5 }),
});
const purchase = fc.record({
  type: fc.constant('touchstone.purchase.made.v1'),
  data: fc.constant({ amount: 10, currency: 'EUR' }),
});

const whatHappens = {
  /** A mix without a bias towards good or bad events. */
  mixed: fc.oneof({ weight: 12, arbitrary: moment }, { weight: 12, arbitrary: other }, { weight: 1, arbitrary: rare }),
  /** Mostly good events, so that trust reaches the top and falls from there. */
  happy: fc.oneof(
    { weight: 14, arbitrary: delight },
    { weight: 8, arbitrary: purchase },
    { weight: 6, arbitrary: other },
    { weight: 1, arbitrary: moment },
  ),
};

const happeningsOf = (what: fc.Arbitrary<{ type: string; data: object }>) =>
  fc.array(
    fc.record({ what, step, journey: maybe(fc.constantFrom(['j1', 'order'], ['j2', 'order'], ['j3', 'support'])) }),
    {
      minLength: 1,
      maxLength: 80,
      size: 'max',
    },
  );

/** A customer's history in log order. */
export const history: fc.Arbitrary<JourneyEvent[]> = fc
  .oneof(happeningsOf(whatHappens.mixed), happeningsOf(whatHappens.happy))
  .map((happenings) => {
    let clock = START;
    return happenings.map(({ what, step, journey }, index) => {
      const time = Math.max(START - 30 * DAY_MS, clock + step);
      clock = Math.max(clock, time);
      const data: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(what.data)) if (value !== undefined) data[name] = value;
      if (journey !== undefined) [data.journeyId, data.journeyType] = journey;
      if (typeof data.dueIn === 'number') {
        data.dueAt = formatInstant(time + data.dueIn);
        delete data.dueIn;
      }
      return { id: `e${index}`, source: '/random', type: what.type, customerId: 'c1', time, data } as JourneyEvent;
    });
  });

/** The histories of so many customers, `c0`, `c1` …; a seed always gives the same ones. */
export function randomHistories(customers: number, seed: number, name = 'c'): JourneyEvent[][] {
  return fc
    .sample(history, { numRuns: customers, seed })
    .map((events, index) => events.map((event) => ({ ...event, customerId: `${name}${index}` })));
}

/** The event in the form that a program publishes. */
export function asCloudEvent({ customerId, time, ...event }: JourneyEvent) {
  return { specversion: '1.0', ...event, subject: customerId, time: formatInstant(time) };
}

/** The event in the form that the event store takes. */
export function asAppended(event: JourneyEvent) {
  const { customerId, source, id, type, time } = event;
  return { stream: `customer-${customerId}`, source, id, type, time, body: JSON.stringify(asCloudEvent(event)) };
}
