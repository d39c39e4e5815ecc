import fc from 'fast-check';
import type { Definition, PublishedEvent } from '../published-event.ts';
import type { LoggedEvent, Question, World } from './cases.ts';

/** Random histories of customers over two years, and questions about them. */

const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 30, 22);

const touchpoints = ['order.placed', 'paid', '(other)', 'parcel 😀'];
const rating = fc.constantFrom(1, 2, 3.5, 4, 5, { value: 7, min: 0, max: 10 });
const actor = fc.record(
  { team: fc.constantFrom('south', "o'hara", '(other)'), site: fc.constantFrom('lyon', '😀') },
  { requiredKeys: [] },
);
const attributes = fc.record({ plan: fc.constantFrom('basic', 'pro'), vip: fc.boolean() }, { requiredKeys: [] });
const common = { actor, attributes };
const optional = <Fields extends Record<string, fc.Arbitrary<unknown>>>(
  fields: Fields,
  requiredKeys: (keyof Fields & string)[],
) => fc.record(fields, { requiredKeys });

const happening = (name: string, weight: number, data: fc.Arbitrary<object>) => ({
  weight,
  arbitrary: data.map((told) => ({ name, data: told })),
});
const touchpoint = fc.constantFrom(...touchpoints);
const complaintId = fc.constantFrom('k1', 'k2', 'k3');
const promiseId = fc.constantFrom('p1', 'p2', 'p3');

const happenings = fc.oneof(
  happening(
    'moment.recorded',
    10,
    optional(
      {
        ...common,
        touchpoint,
        channel: fc.constantFrom('web', 'phone'),
        outcome: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'abandoned'),
        perception: rating,
        expectation: rating,
        effort: rating,
        ratings: fc.record({ reliability: rating, empathy: rating }),
        durationMs: fc.constantFrom(600_000, 3_600_000, 9_000_000),
      },
      ['touchpoint', 'channel', 'outcome'],
    ),
  ),
  happening(
    'feedback.given',
    3,
    optional({ ...common, instrument: fc.constantFrom('csat', 'ces'), score: rating, expectation: rating }, [
      'instrument',
      'score',
    ]),
  ),
  happening(
    'purchase.made',
    4,
    fc.record({ amount: fc.constantFrom(1, 12.5, 80, 300), currency: fc.constantFrom('EUR', 'EUR', 'USD') }),
  ),
  happening(
    'complaint.raised',
    2,
    optional(
      { ...common, complaintId, touchpoint, channel: fc.constant('mail'), severity: fc.constantFrom('high', 2) },
      ['complaintId'],
    ),
  ),
  happening('complaint.answered', 2, fc.record({ complaintId })),
  happening(
    'complaint.resolved',
    2,
    optional({ complaintId, satisfaction: rating, firstContact: fc.boolean() }, ['complaintId']),
  ),
  happening('complaint.followed-up', 1, optional({ complaintId, satisfaction: rating }, ['complaintId'])),
  happening(
    'promise.made',
    2,
    optional(
      {
        ...common,
        promiseId,
        dueAt: fc.constantFrom('2024-06-01T00:00:00Z', '2025-03-04T05:06:07Z', '2026-01-20T00:00:00Z'),
        touchpoint,
        what: fc.constant('soon'),
      },
      ['promiseId', 'dueAt'],
    ),
  ),
  happening('promise.kept', 1, fc.record({ promiseId })),
  happening(
    'recovery.made',
    2,
    optional({ kind: fc.constant('refund'), accepted: fc.boolean(), touchpoint }, ['kind', 'accepted']),
  ),
  happening('relationship.ended', 1, fc.constant({})),
);

const event = fc.record({
  happening: happenings,
  customer: fc.integer({ min: 0, max: 5 }),
  journey: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 8 }),
  after: fc.constantFrom(0, 60_000, 3_600_000, DAY, 3 * DAY, 9 * DAY, 40 * DAY, -5 * DAY),
});

const definition = (type: string): fc.Arbitrary<Definition> =>
  fc.record({
    type: fc.constant(type),
    abandonAfterDays: fc.constantFrom(3, 60),
    completesOn: fc.subarray(touchpoints, { maxLength: 1 }),
    touchpoints: fc.constant({
      paid: { critical: true, targetMs: 3_600_000, believed: 4, standard: 3.5, promised: 4.5 },
      '(other)': { critical: true, weight: 2, standard: 4 },
      'order.placed': { believed: 3, promised: 4 },
    }),
    expects: fc.constantFrom([], [{ after: 'order.placed', touchpoint: 'parcel 😀', withinMs: 5 * DAY }]),
  }) as fc.Arbitrary<Definition>;

/** A log of six customers, with definitions; now is its greatest time. */
export function serviceWorlds(most: number): fc.Arbitrary<World> {
  return fc
    .record({
      events: fc.array(event, { minLength: most / 2, maxLength: most, size: 'max' }),
      order: definition('order'),
      claim: definition('claim'),
    })
    .map(({ events, order, claim }) => {
      let clock = START;
      const log: LoggedEvent[] = events.map(({ happening: { name, data }, customer, journey, after }, at) => {
        const time = clock + after;
        clock = Math.max(clock, time);
        const inJourney =
          journey === undefined
            ? {}
            : { journeyId: `c${customer} ${journey}`, journeyType: journey % 2 === 0 ? 'order' : 'claim' };
        const published: PublishedEvent = {
          ...{ specversion: '1.0', id: `e${at}`, source: '/random', type: `touchstone.${name}.v1` },
          ...{ time: new Date(time).toISOString(), subject: `c${customer}`, data: { ...data, ...inJourney } },
        };
        return { event: published, position: at, recordedAt: clock };
      });
      return { log, definitions: { order, claim }, now: Math.max(...log.map((each) => Date.parse(each.event.time))) };
    });
}

const sometimes = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** A question about a world: its kind, as the oracle calls it. */
export function serviceQuestions(world: World): fc.Arbitrary<{ readonly kind: string; readonly question: Question }> {
  const times = fc
    .constantFrom(...world.log.map(({ event: { time } }) => Date.parse(time)))
    .chain((time) => fc.constantFrom(-1, 0, 1).map((offset) => new Date(time + offset).toISOString()));
  const span = { from: sometimes(times), to: sometimes(times) };
  const by = (...names: string[]) => sometimes(fc.shuffledSubarray(names, { minLength: 1, maxLength: 2 }));
  const bucket = fc.constantFrom('1d', '1w', '1M');
  const reasons = [
    'critical-failure',
    'complaint-open',
    'promise-broken',
    'stage-lost',
    'quietly-leaving',
    'silent',
    'complaint-old',
  ];
  const leaf = fc.record(
    {
      measure: fc.constantFrom(
        'moment-score',
        'csat',
        'ces',
        'perception',
        'expectation',
        'effort',
        'rating.empathy',
        'success',
        'promise-keeping',
        'first-contact',
        'followed-up',
        'answered-within',
      ),
      weight: fc.constantFrom(1, 2.5),
      where: fc.record({ team: fc.constantFrom('south', ''), type: fc.constant('order') }, { requiredKeys: [] }),
    },
    { requiredKeys: ['measure'] },
  );
  const kinds: Record<string, Record<string, fc.Arbitrary<unknown>>> = {
    stages: { ...span, bucket },
    transitions: span,
    retention: {
      ...span,
      cohort: fc.constantFrom('1w', '1M'),
      event: fc.constantFrom('moment', 'purchase'),
      atLeast: fc.constantFrom(1, 2),
    },
    tiers: { ...span, currency: sometimes(fc.constantFrom('EUR', 'USD', 'XXX')) },
    silent: { limit: fc.constant(500) },
    leavers: span,
    worklist: {
      reason: sometimes(fc.constantFrom(...reasons)),
      stage: sometimes(fc.constantFrom('none', 'cognitive')),
      team: sometimes(fc.constantFrom('south', '')),
      tier: sometimes(fc.constantFrom('A', 'B', 'C')),
      currency: sometimes(fc.constantFrom('EUR', 'USD')),
      limit: fc.constant(500),
    },
    promisesReport: {
      ...span,
      by: by('touchpoint', 'journeyType', 'team', 'site', 'what'),
      bucket: sometimes(bucket),
      expected: sometimes(fc.boolean()),
    },
    complaintsReport: {
      ...span,
      by: by('touchpoint', 'journeyType', 'channel', 'severity', 'team', 'site'),
      bucket: sometimes(bucket),
      within: sometimes(fc.constantFrom('PT1H', 'P3D')),
    },
    recovery: { ...span, type: sometimes(fc.constantFrom('order', 'none')) },
    drivers: {
      where: fc.record({ type: fc.constant('order') }, { requiredKeys: [] }),
      outcome: fc.constantFrom(
        'score',
        'feedback',
        'complaint',
        'broken-promise',
        'failure',
        'abandoned',
        'stage-lost',
        'bought-again',
      ),
      casesMin: fc.constantFrom(1, 3),
      unit: fc.constantFrom('case', 'customer'),
      factors: sometimes(
        fc.constant(['touchpoint', 'touchpoint-failed', 'level', 'type', 'attribute.plan', 'attribute.vip']),
      ),
      limit: fc.constant(500),
    },
    importance: {
      where: fc.record({ type: fc.constant('order') }, { requiredKeys: [] }),
      outcome: fc.constantFrom('feedback', 'bought-again'),
    },
    quality: { ...span, by: by('touchpoint', 'actorTeam') },
    gaps: { ...span, type: fc.constantFrom('order', 'claim', 'none') },
    benchmarks: {
      ...span,
      by: fc.constantFrom('team', 'site'),
      measure: fc.constantFrom('success', 'promise-keeping', 'first-contact'),
      type: sometimes(fc.constant('order')),
    },
    index: {
      ...span,
      tree: fc
        .array(leaf, { minLength: 1, maxLength: 3 })
        .map((leaves) => ({ id: 'all', children: leaves.map((each, at) => ({ ...each, id: `leaf ${at}` })) })),
    },
  };
  return fc.constantFrom(...Object.keys(kinds)).chain((kind) =>
    fc.record(kinds[kind]!).map((question) => ({
      kind,
      question: Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined)) as Question,
    })),
  );
}
