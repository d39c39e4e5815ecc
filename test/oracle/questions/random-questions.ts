import fc from 'fast-check';
import type { Definition, PublishedEvent } from '../published-event.ts';
import type { LoggedEvent, Question, World } from './cases.ts';

/** Random histories and questions about them, with names that try a product's quoting. */

const DAY = 86_400_000;
const START = Date.UTC(2025, 2, 28, 8);

const touchpoints = ['order.placed', 'pay\'d \\ "now"', '(other)', '(start)', 'parcel 😀 · sent', 'ä', 'a\\nb'];
const channels = ['web', 'phone', '(end)'];
const teams = ['south', "o'hara", '(other)'];
const moods = ['calm', 'line\nbreak', "it's", ''];

const touchpoint = fc.constantFrom(...touchpoints);
const actor = fc.record({ team: fc.constantFrom(...teams), site: fc.constantFrom('lyon', '😀') }, { requiredKeys: [] });
const attributes = fc.record(
  { mood: fc.constantFrom(...moods), size: fc.constantFrom(1, 12.5, true), "it's": fc.constant('x') },
  { requiredKeys: [] },
);

const happening = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      name: fc.constant('moment.recorded'),
      data: fc.record(
        {
          touchpoint,
          channel: fc.constantFrom(...channels),
          outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'abandoned'),
          perception: fc.constantFrom(1, 2.5, 4, 5),
          actor,
          attributes,
        },
        { requiredKeys: ['touchpoint', 'channel', 'outcome'] },
      ),
    }),
  },
  fc.record({ name: fc.constantFrom('journey.completed', 'journey.abandoned'), data: fc.record({ attributes }) }),
  fc.record({ name: fc.constant('complaint.raised'), data: fc.record({ complaintId: fc.constantFrom('k1', 'k2') }) }),
  fc.record({
    name: fc.constant('promise.made'),
    data: fc.record({ promiseId: fc.constantFrom('p1', 'p2'), dueAt: fc.constant('2025-04-03T00:00:00Z') }),
  }),
);

const event = fc.record({
  happening,
  customer: fc.constantFrom('c1', 'c2', 'ü3', "c'4"),
  journey: fc.constantFrom(...[0, 1, 2, 3, 4]),
  // Equal times, small steps, long silences, and news from the past.
  after: fc.constantFrom(0, 0, 1, 60_000, 3_600_000, DAY, -2 * DAY, 9 * DAY),
  isKnownLater: fc.boolean(),
});

const typeOf = (journey: number) => ['order', 'claim', '(open)'][journey % 3]!;

const definition = (type: string): fc.Arbitrary<Definition> =>
  fc.record(
    {
      type: fc.constant(type),
      abandonAfterDays: fc.constantFrom(0.5, 3, 20),
      steps: fc.shuffledSubarray(touchpoints, { minLength: 1, maxLength: 4 }),
      completesOn: fc.subarray(touchpoints, { maxLength: 1 }),
      allow: fc.array(
        fc.record({ kind: fc.constantFrom('unexpected', 'repeated', 'missing', 'out-of-order'), touchpoint }),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['type'] },
  ) as fc.Arbitrary<Definition>;

/** A log of a few customers, with definitions; now is its greatest time. */
export function worlds(most: number): fc.Arbitrary<World> {
  return fc
    .record({
      events: fc.array(event, { minLength: 1, maxLength: most, size: 'max' }),
      order: definition('order'),
      claim: definition('claim'),
    })
    .map(({ events, order, claim }) => {
      let clock = START;
      let recordedAt = START;
      const log: LoggedEvent[] = events.map(
        ({ happening: { name, data }, customer, journey, after, isKnownLater }, at) => {
          const time = clock + after;
          clock = Math.max(clock, time);
          if (isKnownLater) recordedAt = Math.max(recordedAt, clock + 3_600_000);
          const published: PublishedEvent = {
            specversion: '1.0',
            id: `e${at}`,
            source: '/random',
            type: `touchstone.${name}.v1`,
            time: new Date(time).toISOString(),
            subject: customer,
            data: { ...data, journeyId: `${customer} ${journey}`, journeyType: typeOf(journey) },
          };
          return { event: published, position: at, recordedAt };
        },
      );
      return { log, definitions: { order, claim }, now: Math.max(...log.map((each) => Date.parse(each.event.time))) };
    });
}

const matcher = fc.oneof(
  touchpoint,
  fc.record(
    {
      touchpoint,
      channel: fc.constantFrom(...channels),
      outcome: fc.constantFrom('succeeded', 'failed'),
      team: fc.constantFrom(...teams, ''),
      attributes: fc.record({ mood: fc.constantFrom(...moods) }),
    },
    { requiredKeys: ['touchpoint'] },
  ),
);
const duration = fc.constantFrom('PT0S', 'PT1M', 'P1D', 'P1W', 'P2DT12H');
const breakdown = fc.constantFrom('channel', 'team', 'site', 'type', 'attribute.mood', "attribute.it's");
const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

function where(times: fc.Arbitrary<string>): fc.Arbitrary<object> {
  const filters: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.constantFrom('order', 'claim', '(open)', 'none'),
    status: fc.constantFrom('open', 'completed', 'abandoned'),
    customerId: fc.constantFrom('c1', "c'4"),
    from: times,
    to: times,
    minScore: fc.constantFrom(0, 50, 70),
    maxScore: fc.constantFrom(69, 70),
    level: fc.constantFrom('fairly-satisfied', 'neutral', 'very-dissatisfied'),
    touchpoint,
    channel: fc.constantFrom(...channels),
    team: fc.constantFrom(...teams, ''),
    site: fc.constantFrom('lyon', '😀', ''),
    attributes: fc.record(
      { mood: fc.constantFrom(...moods), size: fc.constantFrom(12.5, 'true') },
      { requiredKeys: [] },
    ),
    hasFailure: fc.boolean(),
    hasBrokenPromise: fc.boolean(),
    hasComplaint: fc.boolean(),
  };
  const stuck = fc.record({ stuckAt: touchpoint, idleFor: duration });
  const names = fc.subarray(Object.keys(filters), { maxLength: 2 });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 6,
      arbitrary: names.chain((given) => fc.record(Object.fromEntries(given.map((one) => [one, filters[one]!])))),
    },
    { weight: 1, arbitrary: stuck },
  );
}

/** Filters and breakdowns that the past does not keep. */
const PRESENT = ['minScore', 'maxScore', 'level', 'hasBrokenPromise', 'hasComplaint'];

/** A question about a world, under the name of its path. */
export function questions(world: World): fc.Arbitrary<{ readonly path: string; readonly question: Question }> {
  const times = fc
    .constantFrom(...world.log.flatMap(({ event, recordedAt }) => [Date.parse(event.time), recordedAt]))
    .chain((time) => fc.constantFrom(-1, 0, 1).map((offset) => new Date(time + offset).toISOString()));
  const base = { where: where(times), asOf: sometimes(times), knownAt: sometimes(times) };
  const sequence = {
    activity: sometimes(fc.shuffledSubarray(['touchpoint', 'channel', 'outcome'], { minLength: 1 })),
    collapse: sometimes(fc.boolean()),
  };
  const grouping = { breakdown: sometimes(breakdown), groupsMax: sometimes(fc.constantFrom(1, 2, 50)) };
  const kinds: Record<string, Record<string, fc.Arbitrary<unknown>>> = {
    funnel: {
      ...base,
      ...grouping,
      steps: fc.array(matcher, { minLength: 2, maxLength: 4 }),
      within: sometimes(duration),
      order: sometimes(fc.constantFrom('eventual', 'strict')),
      exclude: sometimes(fc.array(matcher, { maxLength: 2 })),
    },
    paths: { ...base, ...sequence, nodesMax: sometimes(fc.constantFrom(1, 2, 3, 200)) },
    variants: { ...base, ...sequence, limit: fc.constant(500) },
    conformance: {
      ...base,
      where: fc.tuple(where(times), fc.constantFrom('order', 'claim')).map(([given, type]) => ({ ...given, type })),
      steps: sometimes(fc.shuffledSubarray(touchpoints, { minLength: 1, maxLength: 4 })),
      includeOpen: sometimes(fc.boolean()),
    },
    durations: {
      ...base,
      ...grouping,
      from: matcher,
      to: matcher,
      edgesMs: sometimes(fc.constantFrom([1], [60_000, DAY], [1, 2 * DAY, 8 * DAY])),
    },
  };
  return fc
    .constantFrom(...Object.keys(kinds))
    .chain((path) => fc.record(kinds[path]!).map((question) => ({ path, question: kept(question as Question) })));
}

/** The question without what is not given, and in the past without what that does not keep. */
function kept(question: Question): Question {
  const given = Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined));
  if (given.asOf === undefined && given.knownAt === undefined) return given;
  const filters = Object.entries(given.where as object).filter(([name]) => !PRESENT.includes(name));
  return { ...given, where: Object.fromEntries(filters) };
}
