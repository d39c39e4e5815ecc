import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { history, measures as ofShop, shop } from '../testing/random-history.ts';
import { type Definition, definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { DAY_MS, formatInstant } from './instant.ts';
import type { MeasurementRules } from './state.ts';
import { type JourneyView, tellJourney } from './tell-journey.ts';
import type { WhatIf } from './what-if.ts';

const withShop = (changes: Partial<Definition>): MeasurementRules => ({
  ...ofShop,
  definitions: definitionsByType([{ ...shop, ...changes }]),
});
/** Nothing depends on a moment but its score and its failure. */
const plain = withShop({ expects: [], completesOn: [] });

const told = (measures: MeasurementRules, events: readonly JourneyEvent[], journeyId: string): JourneyView =>
  tellJourney(measures, 'c1', events, journeyId, nowOf(events))!;
const nowOf = (events: readonly JourneyEvent[]): number => Math.max(...events.map(({ time }) => time)) + 40 * DAY_MS;
const journeysOf = (events: readonly JourneyEvent[]): readonly string[] => [
  ...new Set(events.flatMap(({ data }) => data.journeyId ?? [])),
];
let extra = 0;
const event = (type: string, time: number, data: object): JourneyEvent =>
  ({ id: `extra-${extra++}`, source: '/extra', type: `touchstone.${type}.v1`, customerId: 'c1', time, data }) as never;

/** Refolds each random journey with every one of these made undone, and compares the scores. */
function compareWithRefold(
  kind: WhatIf['kind'],
  measures: MeasurementRules,
  refolded: (found: WhatIf, events: readonly JourneyEvent[], journey: JourneyView) => JourneyView | null,
): void {
  let compared = 0;
  fc.assert(
    fc.property(history, (events) => {
      for (const id of journeysOf(events)) {
        const journey = told(measures, events, id);
        for (const found of journey.explanation.whatIf.filter((each) => each.kind === kind)) {
          const brute = refolded(found, events, journey);
          if (brute === null) continue;
          compared++;
          if (brute.score === null) expect(found.score).toBeNull();
          else expect(found.score).toBeCloseTo(brute.score, 9);
        }
      }
    }),
    { numRuns: 1000 },
  );
  expect(compared).toBeGreaterThan(100);
}

describe('the score without one thing is that of a fold in which it did not happen', () => {
  test('a promise that is kept in time', () => {
    compareWithRefold('broken-promise', withShop({ expects: [] }), ({ promiseId, at }, events, { id }) =>
      told(withShop({ expects: [] }), [...events, event('promise.kept', at, { promiseId })], id),
    );
  });

  test('an expected touchpoint whose breach does not count', () => {
    compareWithRefold('broken-promise', ofShop, ({ promiseId }, events, { id }) => {
      const pair = shop.expects!.find(({ after, touchpoint }) => promiseId === `expected:${id}:${after}:${touchpoint}`);
      if (pair === undefined) return null;
      const expects = shop.expects!.map((each) => (each === pair ? { ...each, counts: false } : each));
      return told(withShop({ expects }), events, id);
    });
  });

  test('a complaint that is resolved', () => {
    compareWithRefold('open-complaint', ofShop, ({ complaintId }, events, { id }) =>
      told(ofShop, [...events, event('complaint.resolved', nowOf(events), { complaintId })], id),
    );
  });

  test('a critical failure that is recovered', () => {
    compareWithRefold('veto', plain, ({ touchpoint }, events, { id, type, startedAt }) => {
      const data = { journeyId: id, journeyType: type, kind: 'apology', accepted: true, touchpoint };
      return told(plain, [...events, event('recovery.made', startedAt, data)], id);
    });
  });

  test('a moment below expectation that is not scored, with the failure that it alone left', () => {
    compareWithRefold('moment', plain, ({ eventId, source }, events, { id, type }) => {
      const place = events.findIndex((each) => each.id === eventId && each.source === source);
      const { time, data } = events[place]!;
      // A success would recover too, which stays as it happened.
      if ((data as { outcome?: string }).outcome === 'succeeded') return null;
      const silent = event('referral.made', time, { journeyId: id, journeyType: type });
      return told(plain, events.toSpliced(place, 1, silent), id);
    });
  });
});

const START = Date.UTC(2026, 0, 1);
const of = { journeyId: 'j', journeyType: 'order' };
const moment = (days: number, data: object) =>
  event('moment.recorded', START + days * DAY_MS, {
    ...of,
    touchpoint: 'desk.asked',
    channel: 'web',
    outcome: 'succeeded',
    ...data,
  });
const shortly = (events: readonly JourneyEvent[]) =>
  told(ofShop, events, 'j').explanation.whatIf.map(({ kind, touchpoint, score }) => [kind, touchpoint, score]);

test('a promise that was not kept costs ten points: kept in time, the score is ten higher', () => {
  const dueAt = formatInstant(START + DAY_MS);
  const events = [moment(0, {}), event('promise.made', START, { ...of, promiseId: 'p', dueAt, touchpoint: 'call' })];
  expect(told(ofShop, events, 'j').score).toBe(60);
  expect(shortly(events)).toEqual([['broken-promise', 'call', 70]]);
});

test('while a failure stands nothing else helps; recovered, or had it not been, the veto is gone', () => {
  const events = [
    moment(0, {}),
    moment(1, { touchpoint: 'payment.approved', outcome: 'failed' }),
    moment(2, { perception: 2 }),
  ];
  const { score } = told(ofShop, events, 'j');
  expect(score).toBe(0);
  const without = shortly(events);
  expect(without.map(([kind, touchpoint]) => [kind, touchpoint])).toEqual([
    ['moment', 'payment.approved'],
    ['veto', 'payment.approved'],
    ['moment', 'desk.asked'],
  ]);
  expect(without[0]![2]).toBeGreaterThan(without[1]![2] as number);
  expect(without[2]![2]).toBe(0);
});

test('of two failures at one touchpoint neither alone left the veto', () => {
  const failed = { touchpoint: 'payment.approved', outcome: 'failed' };
  const without = shortly([moment(0, {}), moment(1, failed), moment(2, failed)]);
  expect(without.filter(([kind]) => kind === 'moment').map(([, , score]) => score)).toEqual([0, 0]);
  expect(without[0]).toEqual(['veto', 'payment.approved', expect.any(Number)]);
});

test('without the only moment nothing is scored', () => {
  expect(shortly([moment(0, { perception: 1 })])).toEqual([['moment', 'desk.asked', null]]);
});

test('without a moment that outweighs all others, the score is that of the others alone', () => {
  const weighed = withShop({
    touchpoints: { 'desk.asked': { weight: 1e-11 }, 'case.closed': { weight: 1_000_000 } },
    completesOn: [],
    expects: [],
  });
  const [first, heavy, last] = [
    moment(0, { perception: 1 }),
    moment(1, { touchpoint: 'case.closed', perception: 3 }),
    moment(2, { perception: 4 }),
  ] as const;
  const { whatIf } = told(weighed, [first, heavy, last], 'j').explanation;
  const alone = told(weighed, [first, last], 'j').score;
  expect(whatIf.find(({ touchpoint }) => touchpoint === 'case.closed')?.score).toBeCloseTo(alone!, 9);
});
