import fc from 'fast-check';
import type { Definition, EventData, PublishedEvent } from './published-event.ts';

const DAY = 86_400_000;
const START = Date.UTC(2023, 2, 1, 8);

const touchpoints = ['payment.approved', 'parcel.shipped', 'delivery.received', 'desk.asked', 'constructor'] as const;

/** Two types are defined and two are not; what the defined ones say of a touchpoint is drawn anew for each history. */
export const definitions: fc.Arbitrary<Record<string, Definition>> = fc
  .tuple(definitionFor('order'), definitionFor('claim'))
  .map((both) => Object.fromEntries(both.map((definition) => [definition.type, definition])));

function definitionFor(type: string): fc.Arbitrary<Definition> {
  return fc.record(
    {
      type: fc.constant(type),
      expectation: fc.constantFrom(1, 2, 3, 3.75, 4.5, 5),
      abandonAfterDays: fc.constantFrom(0.5, 3, 14, 45, 90),
      completesOn: fc.subarray([...touchpoints], { maxLength: 2 }),
      touchpoints: fc.dictionary(
        fc.constantFrom(...touchpoints),
        fc.record(
          {
            weight: fc.constantFrom(0.001, 0.25, 2, 3, 1000),
            critical: fc.constantFrom(true, true, false),
            expectation: fc.constantFrom(1, 2.5, 4, 4.5, 5),
            targetMs: fc.constantFrom(1000, DAY),
          },
          { requiredKeys: [] },
        ),
        { minKeys: 2, maxKeys: 5, noNullPrototype: true },
      ),
    },
    { requiredKeys: ['type'] },
  ) as fc.Arbitrary<Definition>;
}

const touchpoint = fc.constantFrom(...touchpoints);
const rating = fc.oneof(
  fc.constantFrom(1, 2, 3, 3.5, 4, 4.5, 5),
  fc.double({ min: 1, max: 5, noNaN: true }),
  fc.constantFrom(
    { value: 0, min: 0, max: 10 },
    { value: 7, min: 0, max: 10 },
    { value: 10, min: 0, max: 10 },
    { value: 33, min: -100, max: 100 },
    { value: 2, min: 1, max: 3 },
    { value: 6, min: 1, max: 7 },
  ),
);
const promiseId = fc.constantFrom('p1', 'p2', 'p3', 'p4');
const complaintId = fc.constantFrom('q1', 'q2', 'q3');

type What = {
  readonly name: string;
  readonly data: object;
  readonly dueIn?: When;
  /** Of a closing: it happened so many ms before the promise was due, whenever it is told. */
  readonly beforeDue?: number | undefined;
};

/** A time: so long after the greatest one so far, or beside an instant at which something may fall due. */
type When =
  | { readonly after: number }
  | { readonly anchor: number; readonly offset: number }
  | { readonly next: number; readonly offset: number };

const happens = (name: string, data: fc.Arbitrary<object>): fc.Arbitrary<What> =>
  fc.record({ name: fc.constant(name), data });
const nothingMore = fc.constant({});

const beside = fc.record({ anchor: fc.nat(100_000), offset: fc.constantFrom(0, 0, 0, 1, -1) });
const besideTheNext = fc.record({ next: fc.nat(5), offset: fc.constantFrom(0, 0, 0, 1, -1) });
const back = fc.record({ after: fc.integer({ min: -60 * DAY, max: -1 }) });
const leap = fc.record({ after: fc.constantFrom(100 * DAY, 180 * DAY, 365 * DAY, 400 * DAY) });

/** Now fast, now slow, often beside an instant at which something falls due. */
const hectic: fc.Arbitrary<When> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 6 * DAY }) }) },
  { weight: 3, arbitrary: fc.record({ after: fc.constantFrom(0, DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY) }) },
  { weight: 2, arbitrary: back },
  { weight: 1, arbitrary: leap },
  { weight: 3, arbitrary: beside },
);

/** Slow enough to earn every stage, with a rare leap that loses one. */
const steady: fc.Arbitrary<When> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 14 * DAY }) }) },
  { weight: 4, arbitrary: fc.record({ after: fc.constantFrom(0, 7 * DAY, 30 * DAY) }) },
  { weight: 2, arbitrary: back },
  { weight: 4, arbitrary: besideTheNext },
  { weight: 1, arbitrary: leap },
);

const moment = happens(
  'moment.recorded',
  fc.record(
    {
      touchpoint,
      channel: fc.constantFrom('web', 'phone'),
      outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'abandoned'),
      expectation: rating,
      perception: rating,
      effort: rating,
      durationMs: fc.constantFrom(0, 500, 750, 1000, 2000, 3000, 0.6 * DAY, DAY, 2.5 * DAY, 4 * DAY),
      ratings: fc
        .record(
          { reliability: rating, assurance: rating, tangibles: rating, empathy: rating, responsiveness: rating },
          { requiredKeys: [] },
        )
        .filter((ratings) => Object.keys(ratings).length > 0),
    },
    { requiredKeys: ['touchpoint', 'channel', 'outcome'] },
  ),
);
const plainMoment = happens(
  'moment.recorded',
  fc.record(
    {
      touchpoint,
      channel: fc.constant('web'),
      outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed'),
      durationMs: fc.constantFrom(0, 500, 750, 1000, 2000, 3000, 0.6 * DAY, DAY, 2.5 * DAY, 4 * DAY),
    },
    { requiredKeys: ['touchpoint', 'channel', 'outcome'] },
  ),
);
const delight = happens(
  'moment.recorded',
  fc.record({
    touchpoint: fc.constant('desk.asked'),
    channel: fc.constant('phone'),
    outcome: fc.constant('succeeded'),
    expectation: fc.constant(4),
    perception: fc.constantFrom(5, 5, 5, 4.75, 4),
  }),
);
const letDown = happens(
  'moment.recorded',
  fc.record({
    touchpoint,
    channel: fc.constant('phone'),
    outcome: fc.constantFrom('succeeded', 'failed'),
    expectation: fc.constant(4),
    perception: fc.constantFrom(1, 1, 2, 3),
  }),
);
const feedback = happens(
  'feedback.given',
  fc.oneof(
    fc.record(
      { instrument: fc.constantFrom('csat', 'ces'), score: rating, touchpoint, expectation: rating },
      { requiredKeys: ['instrument', 'score'] },
    ),
    fc.record({ instrument: fc.constant('nps'), score: fc.integer({ min: 0, max: 10 }) }),
  ),
);
const promiseMade: fc.Arbitrary<What> = fc.record({
  name: fc.constant('promise.made'),
  data: fc.record({ promiseId }),
  dueIn: hectic,
});
const promiseClosed: fc.Arbitrary<What> = fc.record({
  name: fc.constantFrom('promise.kept', 'promise.withdrawn'),
  data: fc.record({ promiseId }),
  beforeDue: fc.option(fc.constantFrom(0, 0, 1, DAY, -1), { nil: undefined, freq: 2 }),
});
const complaintRaised = happens(
  'complaint.raised',
  fc.record({ complaintId, touchpoint }, { requiredKeys: ['complaintId'] }),
);
const complaintNews = fc.oneof(
  happens('complaint.answered', fc.record({ complaintId })),
  happens('complaint.followed-up', fc.record({ complaintId })),
);
const complaintResolved = happens(
  'complaint.resolved',
  fc.record({ complaintId, satisfaction: rating }, { requiredKeys: ['complaintId'] }),
);
const recovery = happens(
  'recovery.made',
  fc.record(
    { kind: fc.constantFrom('refund', 'apology'), accepted: fc.boolean(), touchpoint },
    { requiredKeys: ['kind', 'accepted'] },
  ),
);
const purchase = happens('purchase.made', fc.constant({ amount: 10, currency: 'EUR' }));
const referral = happens('referral.made', nothingMore);
const journeyEnd = fc.oneof(happens('journey.completed', nothingMore), happens('journey.abandoned', nothingMore));
const relationshipEnded = happens('relationship.ended', nothingMore);

const other = [
  { weight: 3, arbitrary: feedback },
  { weight: 3, arbitrary: promiseMade },
  { weight: 3, arbitrary: promiseClosed },
  { weight: 2, arbitrary: complaintRaised },
  { weight: 1, arbitrary: complaintNews },
  { weight: 2, arbitrary: complaintResolved },
  { weight: 2, arbitrary: recovery },
  { weight: 2, arbitrary: purchase },
  { weight: 1, arbitrary: referral },
  { weight: 2, arbitrary: journeyEnd },
];

interface Temper {
  readonly what: fc.Arbitrary<What>;
  readonly when: fc.Arbitrary<When>;
}

/** How lives go: anything at all; mostly well; loyal; loyal with enough trouble to fall from every stage. */
const tempers: readonly Temper[] = [
  {
    what: fc.oneof({ weight: 10, arbitrary: moment }, ...other, { weight: 1, arbitrary: relationshipEnded }),
    when: hectic,
  },
  {
    what: fc.oneof({ weight: 10, arbitrary: plainMoment }, { weight: 15, arbitrary: delight }, ...other),
    when: fc.oneof(hectic, steady),
  },
  {
    what: fc.oneof(
      { weight: 20, arbitrary: delight },
      { weight: 12, arbitrary: purchase },
      { weight: 1, arbitrary: letDown },
      { weight: 1, arbitrary: complaintRaised },
    ),
    when: steady,
  },
  {
    what: fc.oneof(
      { weight: 40, arbitrary: delight },
      { weight: 16, arbitrary: purchase },
      { weight: 3, arbitrary: complaintRaised },
      { weight: 3, arbitrary: complaintResolved },
      { weight: 3, arbitrary: promiseMade },
      { weight: 2, arbitrary: promiseClosed },
      { weight: 5, arbitrary: letDown },
      { weight: 5, arbitrary: plainMoment },
      { weight: 1, arbitrary: recovery },
      { weight: 1, arbitrary: relationshipEnded },
    ),
    when: steady,
  },
];

const journey = fc.option(
  fc.tuple(fc.constantFrom('j1', 'j2', 'j3', 'j4'), fc.constantFrom('order', 'order', 'claim', 'survey', 'toString')),
  { nil: undefined, freq: 4 },
);

/** Now and then the source and id of an earlier event. */
const repeats = fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(1000) });

const happening = ({ what, when }: Temper) => fc.record({ what, when, journey, repeats });
type Happening = typeof happening extends (temper: never) => fc.Arbitrary<infer Value> ? Value : never;

/** A customer's published events in log order, and instants at which something may fall due. */
export interface RandomCustomer {
  readonly events: readonly PublishedEvent[];
  readonly anchors: readonly number[];
}

/** Histories of up to `most` events. Repeats of an earlier event's source and id, with its content or another's, are among them. */
export function randomCustomer(most: number, customerId = 'c1'): fc.Arbitrary<RandomCustomer> {
  const lives = tempers.map((temper) => fc.array(happening(temper), { minLength: 1, maxLength: most, size: 'max' }));
  // Bias makes most histories short and their times alike; what is sought here takes many events.
  return fc.noBias(fc.oneof(...lives)).map((happenings) => tell(happenings, customerId));
}

function tell(happenings: readonly Happening[], customerId: string): RandomCustomer {
  const events: PublishedEvent[] = [];
  const anchors: number[] = [];
  const dueAts = new Map<string | undefined, number>();
  let clock = START;
  const timeOf = (moment: When): number => {
    if ('after' in moment) return Math.max(START - 90 * DAY, clock + moment.after);
    if ('next' in moment) {
      const next = anchors.filter((anchor) => anchor >= clock).sort((a, b) => a - b)[moment.next] ?? clock;
      return next + moment.offset;
    }
    const anchor = anchors.length === 0 ? clock : anchors[moment.anchor % anchors.length]!;
    return anchor + moment.offset;
  };
  happenings.forEach(({ what, when, journey, repeats }, index) => {
    const due = dueAts.get((what.data as EventData).promiseId);
    const time = due !== undefined && what.beforeDue !== undefined ? due - what.beforeDue : timeOf(when);
    const data: Record<string, unknown> = { ...what.data };
    if (journey !== undefined) [data.journeyId, data.journeyType] = journey;
    if (what.dueIn !== undefined) {
      const dueAt = timeOf(what.dueIn);
      data.dueAt = new Date(dueAt).toISOString();
      anchors.push(dueAt);
      const id = (what.data as EventData).promiseId;
      if (!dueAts.has(id)) dueAts.set(id, dueAt);
    }
    const days = [0, 0.5, 3, 14, 30, 45, 90, 180, 365];
    anchors.push(...days.map((count) => time + count * DAY));
    clock = Math.max(clock, time);
    const earlier = repeats === undefined ? undefined : events[repeats % Math.max(1, events.length)];
    events.push({
      specversion: '1.0',
      id: earlier?.id ?? `e${index}`,
      source: earlier?.source ?? `/shop/${index % 2}`,
      type: `touchstone.${what.name}.v1`,
      time: new Date(time).toISOString(),
      subject: customerId,
      data: data as EventData,
    });
  });
  return { events, anchors };
}

/** Times to ask at: the end of the log, instants beside which something falls due, and long after. */
export function nowsAfter({ events, anchors }: RandomCustomer, picks: readonly number[]): number[] {
  const last = Math.max(...events.map((event) => Date.parse(event.time)));
  const later = anchors.filter((anchor) => anchor >= last);
  return [last, last + 800 * DAY, ...picks.map((pick) => later[pick % later.length]! + (pick % 3) - 1)];
}
