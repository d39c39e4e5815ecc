import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { DAY_MS } from './instant.ts';
import { policyV1 } from './policy.ts';
import { settle } from './settle.ts';
import { initialState } from './state.ts';
import { isQuietlyLeaving, tolerableSilence } from './views.ts';
import { rhythmOf, visitsOf } from './visits.ts';

const measures = { policy: policyV1, definitions: definitionsByType([]) };
const T0 = Date.UTC(2026, 0, 1);

/** A delighting moment, `day` days after the first; in a journey, or in none. */
function moment(day: number, journeyId?: string): JourneyEvent {
  return event('moment.recorded', day, {
    ...(journeyId !== undefined && { journeyId, journeyType: 'order' }),
    ...{ touchpoint: 'desk', channel: 'web', outcome: 'succeeded', perception: 5 },
  });
}

let told = 0;
function event(name: string, day: number, data: object): JourneyEvent {
  const [id, type, time] = [`e${told++}`, `touchstone.${name}.v1`, T0 + Math.round(day * DAY_MS)];
  return { id, source: '/test', type, customerId: 'anna', time, data } as JourneyEvent;
}

function known(...events: readonly JourneyEvent[]) {
  const state = initialState('anna');
  for (const each of events) apply(measures, state, each, newChanges());
  return state;
}

const days = (times: readonly number[]) => times.map((time) => (time - T0) / DAY_MS);

describe('visits', () => {
  test('are starts of journeys and moments without one, a day or more after the visit before', () => {
    const state = known(moment(0, 'a'), moment(0.5, 'a'), moment(3, 'a'), moment(10), moment(10.999), moment(11));
    expect(days(visitsOf(state))).toEqual([0, 10, 11]);
  });

  test('belong to the visit that was kept before them, not to the one that they hide', () => {
    expect(days(visitsOf(known(moment(0), moment(0.75), moment(1.5), moment(2.25))))).toEqual([0, 1.5]);
  });

  test('move with late news of a journey, and with late moments', () => {
    const state = known(moment(5, 'a'), moment(5.5), moment(8), moment(7.9));
    expect(days(visitsOf(state))).toEqual([5, 7.9]);
    apply(measures, state, moment(4.6, 'a'), newChanges());
    expect(state.journeys.get('a')!.startedAt).toBe(T0 + 4.6 * DAY_MS);
    expect(days(visitsOf(state))).toEqual([4.6, 7.9]);
    apply(measures, state, moment(4.4, 'a'), newChanges());
    expect(days(visitsOf(state))).toEqual([4.4, 5.5, 7.9]);
  });

  test('of journeys stay when the relationship ends; moments without one go', () => {
    const ended = event('relationship.ended', 20, {});
    expect(days(visitsOf(known(moment(0, 'a'), moment(3), moment(9, 'b'), ended, moment(30))))).toEqual([0, 9, 30]);
  });

  test('are the same in whatever order thousands of moments are told', () => {
    const backwards = Array.from({ length: 5_000 }, (_, n) => moment((5_000 - n) / 10));
    const scattered = backwards.map((_, n) => backwards[(n * 1_877) % 5_000]!);
    const visits = visitsOf(known(...backwards));
    expect(days(visits)).toEqual(Array.from({ length: 500 }, (_, n) => n + 0.1));
    expect(visitsOf(known(...scattered))).toEqual(visits);
    expect(visitsOf(known(...backwards.toReversed()))).toEqual(visits);
  });
});

describe('the rhythm', () => {
  test('takes four visits, and is the median gap between them', () => {
    const three = [moment(0), moment(20), moment(50)];
    expect(rhythmOf(known(...three), 4)).toBeNull();
    expect(rhythmOf(known(...three, moment(140)), 4)).toBe(30 * DAY_MS);
    expect(rhythmOf(known(...three, moment(140), moment(142)), 4)).toBe(25 * DAY_MS);
  });

  test('times two is what silence may last, 30 days at the least; 180 without one', () => {
    const tolerable = (...events: readonly JourneyEvent[]) => tolerableSilence(policyV1, known(...events)) / DAY_MS;
    expect(tolerable(moment(0), moment(40), moment(80))).toBe(180);
    expect(tolerable(moment(0), moment(40), moment(80), moment(120))).toBe(80);
    expect(tolerable(moment(0), moment(7), moment(14), moment(21))).toBe(30);
  });
});

describe('quietly leaving', () => {
  const leavingAfter = (day: number, ...events: readonly JourneyEvent[]) => {
    const state = known(...events);
    settle(measures, state, T0 + day * DAY_MS + 1, newChanges());
    const after = isQuietlyLeaving(policyV1, state);
    const inTime = known(...events);
    settle(measures, inTime, T0 + day * DAY_MS, newChanges());
    return [isQuietlyLeaving(policyV1, inTime), after];
  };

  test('begins a millisecond after the silence that is still the way of the customer', () => {
    expect(leavingAfter(180, moment(0))).toEqual([false, true]);
    expect(leavingAfter(200, moment(0), moment(40), moment(80), moment(120))).toEqual([false, true]);
  });

  test('waits for the silence after a purchase and after feedback too', () => {
    const purchase = event('purchase.made', 10, { amount: 1, currency: 'EUR' });
    expect(leavingAfter(190, moment(0), purchase)).toEqual([false, true]);
    const feedback = event('feedback.given', 10, { instrument: 'csat', score: 5 });
    expect(leavingAfter(190, moment(0), feedback)).toEqual([false, true]);
  });

  test('is no word for a first order an hour ago, nor for who is not satisfied', () => {
    expect(leavingAfter(1 / 24, moment(0, 'a'), moment(0.01, 'a'), moment(0.02, 'a'), moment(0.03, 'a'))).toEqual([
      false,
      false,
    ]);
    const bad = event('moment.recorded', 0, { touchpoint: 'desk', channel: 'web', outcome: 'failed' });
    expect(leavingAfter(500, bad)).toEqual([false, false]);
  });
});
