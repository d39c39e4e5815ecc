import fc from 'fast-check';

const DAY = 86_400_000;

export const touchpoints = [
  'payment.approved',
  'parcel.shipped',
  'delivery.received',
  'desk.asked',
  'constructor',
] as const;

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

/** A happening before it becomes an event. */
export interface What {
  readonly name: string;
  readonly data: object;
  readonly dueIn?: When;
  /**
   * For a closing: the number of ms before the promise's due time at which it happened, whenever it
   * is published.
   */
  readonly beforeDue?: number | undefined;
}

/** A time: an interval after the greatest time so far, or an offset from a possible deadline. */
export type When =
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

/** Sometimes fast, sometimes slow, often next to a deadline. */
const hectic: fc.Arbitrary<When> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 6 * DAY }) }) },
  { weight: 3, arbitrary: fc.record({ after: fc.constantFrom(0, DAY, 14 * DAY, 30 * DAY, 60 * DAY, 90 * DAY) }) },
  { weight: 2, arbitrary: back },
  { weight: 1, arbitrary: leap },
  { weight: 3, arbitrary: beside },
);

/** Slow enough to earn every stage, with a rare jump that loses one. */
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
const criticalFailure = happens(
  'moment.recorded',
  fc.record({
    touchpoint,
    channel: fc.constant('web'),
    outcome: fc.constantFrom('failed', 'failed', 'failed', 'succeeded'),
    expectation: fc.constant(4),
    perception: fc.constantFrom(4, 5),
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

/**
 * Kinds of lives: random; mostly good; loyal; loyal with enough trouble to fall from every stage.
 */
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

/** Events that test a loyal customer, at instants that matter. */
const troubles: Temper = {
  what: fc.oneof(
    { weight: 3, arbitrary: delight },
    { weight: 3, arbitrary: complaintRaised },
    { weight: 1, arbitrary: complaintResolved },
    { weight: 4, arbitrary: promiseMade },
    { weight: 1, arbitrary: promiseClosed },
    { weight: 1, arbitrary: letDown },
    { weight: 4, arbitrary: criticalFailure },
    { weight: 1, arbitrary: recovery },
    { weight: 2, arbitrary: purchase },
  ),
  when: fc.oneof(
    { weight: 4, arbitrary: fc.record({ after: fc.integer({ min: 0, max: 10 * DAY }) }) },
    { weight: 4, arbitrary: besideTheNext },
    { weight: 1, arbitrary: beside },
    { weight: 1, arbitrary: back },
  ),
};

const journey = fc.option(
  fc.tuple(fc.constantFrom('j1', 'j2', 'j3', 'j4'), fc.constantFrom('order', 'order', 'claim', 'survey', 'toString')),
  { nil: undefined, freq: 4 },
);

/** Sometimes the source and id of an earlier event. */
const repeats = fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(1000) });

const happening = ({ what, when }: Temper) => fc.record({ what, when, journey, repeats });
export type Happening = typeof happening extends (temper: never) => fc.Arbitrary<infer Value> ? Value : never;

/** Months that lead to the highest stage: a delight every `days` days, and purchases. */
function climb(days: number): Happening[] {
  const touchpoint = 'desk.asked';
  const data = { touchpoint, channel: 'phone', outcome: 'succeeded', expectation: 4, perception: 5 };
  const common = { journey: undefined, repeats: undefined };
  return Array.from({ length: 10 }, (_, index): Happening[] => {
    const pleased = { what: { name: 'moment.recorded', data }, when: { after: days * DAY }, ...common };
    const sale = { name: 'purchase.made', data: { amount: 10, currency: 'EUR' } };
    return [0, 5, 9].includes(index) ? [pleased, { what: sale, when: { after: 0 }, ...common }] : [pleased];
  }).flat();
}

/**
 * Up to `most` happenings of a customer; for a third of the customers a climb to the highest stage
 * precedes them.
 */
export function happenings(most: number): fc.Arbitrary<Happening[]> {
  const lifeOf = (temper: Temper) => fc.array(happening(temper), { minLength: 1, maxLength: most, size: 'max' });
  const afterClimb = fc
    .tuple(fc.constantFrom(10, 10, 12), lifeOf(troubles))
    .map(([days, rest]) => [...climb(days), ...rest]);
  // Bias would make most histories short and their times alike, but the cases sought here take many
  // events.
  return fc.noBias(fc.oneof(...tempers.map(lifeOf), afterClimb, afterClimb));
}
