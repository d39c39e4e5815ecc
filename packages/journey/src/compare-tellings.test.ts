import { describe, expect, it } from 'vitest';
import { compareJourneys, partingFolding } from './compare-tellings.ts';
import { type Definition, definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { foldAll } from './folding.ts';
import { policyV1, policyWith } from './policy.ts';
import type { MeasurementRules } from './state.ts';
import { tellJourney } from './tell-journey.ts';

const DAY = 86_400_000;
let count = 0;
const event = (type: string, at: number, data: object): JourneyEvent =>
  ({ id: `e${++count}`, source: '/s', type, customerId: 'anna', time: at * DAY, data }) as JourneyEvent;
const moment = (at: number, touchpoint: string, more: object = {}) =>
  event('touchstone.moment.recorded.v1', at, {
    journeyId: 'j',
    journeyType: 'order',
    touchpoint,
    channel: 'web',
    outcome: 'succeeded',
    ...more,
  });

const measures = (definition: Partial<Definition>, policy = policyV1): MeasurementRules => ({
  policy,
  definitions: definitionsByType([{ type: 'order', ...definition }]),
});
const tell = (given: MeasurementRules, events: readonly JourneyEvent[]) =>
  tellJourney(given, 'anna', events, 'j', 20 * DAY)!;

/** Sum of the points of all parts of a comparison. */
function total({ moments, adjustments, limits }: ReturnType<typeof compareJourneys>): number {
  return [...moments, ...adjustments, limits].reduce((sum, { points }) => sum + points, 0);
}

describe('why a journey scores otherwise', () => {
  const events = [
    moment(1, 'order.placed', { perception: 5 }),
    moment(2, 'payment', { outcome: 'failed' }),
    event('touchstone.complaint.raised.v1', 3, { journeyId: 'j', journeyType: 'order', complaintId: 'c' }),
    moment(4, 'delivery', { perception: 3 }),
  ];

  it('a veto that comes is told as a limit, and all points together are the change', () => {
    const [before, after] = [
      tell(measures({}), events),
      tell(measures({ touchpoints: { payment: { critical: true } } }), events),
    ];
    const difference = compareJourneys(before, after);
    expect(difference).toMatchObject({ moments: [], adjustments: [], limits: { capBefore: null, capAfter: 0 } });
    expect(total(difference)).toBeCloseTo(after.score! - before.score!, 9);
    expect(after.score).toBe(0);
  });

  it('weights, expectations and costs are told moment by moment, the greatest first, and add up', () => {
    const before = tell(measures({}), events);
    const policy = policyWith(policyV1, { openComplaintPoints: 3 });
    const other = { payment: { weight: 3 }, delivery: { expectation: 3 } };
    const after = tell(measures({ touchpoints: other }, policy), events);
    const difference = compareJourneys(before, after);
    expect(difference.adjustments).toEqual([{ kind: 'open-complaints', before: -10, after: -3, points: 7 }]);
    const points = difference.moments.map((each) => Math.abs(each.points));
    expect(points).toEqual([...points].sort((a, b) => b - a));
    const delivery = difference.moments.find(({ touchpoint }) => touchpoint === 'delivery');
    expect(delivery).toMatchObject({ before: { verdict: 'failed' }, after: { verdict: 'confirmed', score: 70 } });
    expect(total(difference)).toBeCloseTo(after.score! - before.score!, 9);
  });

  it('the same measures make no difference', () => {
    const telling = tell(measures({}), events);
    expect(compareJourneys(telling, telling)).toEqual({
      moments: [],
      adjustments: [],
      limits: { capBefore: null, capAfter: null, points: 0 },
    });
  });
});

describe('where two histories part', () => {
  const events = [1, 2, 3, 4].map((day) => moment(day, 'order.placed'));
  const part = (after: MeasurementRules, given = events, now = 5) =>
    foldAll(partingFolding(measures({}), after, 'anna', now * DAY), given);

  it('at the event with which only one side earns its stage, and with what the other lacks', () => {
    const later = measures({}, policyWith(policyV1, { trust: { cognitive: { satisfiedMoments: 4 } } }));
    expect(part(later)).toMatchObject({
      event: { eventId: events[2]!.id, touchpoint: 'order.placed' },
      at: 3 * DAY,
      before: { from: 'none', to: 'cognitive', because: 'earned' },
      after: null,
      missing: {
        side: 'after',
        stage: 'cognitive',
        requirements: [{ requirement: 'satisfied-moments', have: 3, need: 4 }],
      },
    });
  });

  it('by time alone, where nothing but silence made the difference', () => {
    const impatient = measures({}, policyWith(policyV1, { trust: { cognitive: { idleDays: 10 } } }));
    expect(part(impatient, events, 30)).toMatchObject({
      event: null,
      at: 14 * DAY,
      before: null,
      after: { from: 'cognitive', to: 'none', because: 'idle' },
    });
  });

  it('nowhere, where both make the same moves', () => {
    expect(part(measures({ touchpoints: { 'order.placed': { weight: 9 } } }))).toBeNull();
    expect(part(measures({}), [])).toBeNull();
  });
});

describe('a policy told by its changes', () => {
  it('keeps what is not named, and is a version of its own', () => {
    const policy = policyWith(policyV1, { peakEnd: 0.5, trust: { affective: { delights: 1 } } });
    expect(policy).toEqual({
      ...policyV1,
      version: '1-changed',
      peakEnd: 0.5,
      trust: { ...policyV1.trust, affective: { ...policyV1.trust.affective, delights: 1 } },
    });
    expect(policyWith(policyV1, {})).toBe(policyV1);
    expect(policyWith(policyV1, { peakEnd: policyV1.peakEnd })).toBe(policyV1);
  });
});
