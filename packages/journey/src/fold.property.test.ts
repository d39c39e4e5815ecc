import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { history, measures } from '../testing/random-history.ts';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import type { JourneyEvent } from './events.ts';
import { DAY_MS } from './instant.ts';
import { addsUp, journeyScore } from './journey-score.ts';
import { nextDueAt, settle } from './settle.ts';
import { type CustomerState, copyState, initialState, restoreState, serialiseState } from './state.ts';
import { tellJourney } from './tell-journey.ts';
import { viewCustomer } from './views.ts';

function fold(events: readonly JourneyEvent[], state: CustomerState = initialState('c1')): CustomerState {
  const changes = newChanges();
  for (const event of events) apply(measures, state, event, changes);
  return state;
}

/** The place at which to split a history, as a fraction. */
const cut = fc.double({ min: 0, max: 1, noNaN: true });

test('the random histories meet every stage, every reason and every fate of a promise', () => {
  const met = new Set<string>();
  for (const events of fc.sample(history, { numRuns: 3000, seed: 1 })) {
    const state = fold(events);
    settle(measures, state, state.clock! + 400 * DAY_MS, newChanges());
    for (const { to, because } of state.history) met.add(to).add(because);
    for (const promise of state.promises.values()) {
      met.add(promise.isExpected ? `expected ${promise.state}` : promise.state);
    }
    for (const journey of state.journeys.values())
      met.add(journey.status).add(journey.standing.size > 0 ? 'vetoed' : 'free');
  }
  const all = ['cognitive', 'affective', 'behavioural', 'none', 'earned', 'critical-failure', 'satisfaction-low'];
  all.push('complaint-open', 'incidents', 'idle', 'no-purchase', 'relationship-ended', 'kept', 'withdrawn', 'broken');
  all.push(...['kept', 'kept-late', 'broken', 'withdrawn'].map((state) => `expected ${state}`));
  all.push('kept-late', 'completed', 'abandoned', 'vetoed', 'free');
  expect(all.filter((name) => !met.has(name))).toEqual([]);
});

describe('for every random history', () => {
  test('any duplication of events changes nothing', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (events, places) => {
        const repeated: JourneyEvent[] = [];
        for (const event of events) {
          repeated.push(event);
          const place = places.next().value!;
          if (place % 3 === 0) repeated.push(repeated[place % repeated.length]!);
        }
        expect(fold(repeated)).toEqual(fold(events));
      }),
      { numRuns: 300 },
    );
  });

  test('who gives no event twice need not have them remembered', () => {
    fc.assert(
      fc.property(history, (events) => {
        const known = new Set<string>();
        const once = events.filter(({ source, id }) => known.size < known.add(`${source}\n${id}`).size);
        const { seen: _, ...remembered } = fold(once);
        expect(fold(once, initialState('c1', false))).toEqual({ ...remembered, seen: null });
      }),
      { numRuns: 300 },
    );
  });

  test('a journey counts its promises that were not kept in time, and of these the ones kept late', () => {
    fc.assert(
      fc.property(history, fc.nat(400), (events, days) => {
        const state = fold(events);
        settle(measures, state, state.clock! + days * DAY_MS, newChanges());
        for (const { id, brokenPromises, promisesKeptLate } of state.journeys.values()) {
          const states = [...state.promises.values()]
            .filter(({ journeyId, counts }) => journeyId === id && counts)
            .map(({ state }) => state);
          const late = states.filter((each) => each === 'kept-late').length;
          const never = states.filter((each) => each === 'broken').length;
          expect([brokenPromises, promisesKeptLate]).toEqual([late + never, late]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the explanation adds up to the score, and the score is the one of the fold', () => {
    fc.assert(
      fc.property(history, fc.nat(400), (events, days) => {
        const now = Math.max(...events.map(({ time }) => time)) + days * DAY_MS;
        const state = fold(events);
        settle(measures, state, now, newChanges());
        for (const journey of state.journeys.values()) {
          const view = tellJourney(measures, 'c1', events, journey.id, now)!;
          expect(addsUp(view.explanation)).toBe(true);
          expect(view.score).toBe(journeyScore(measures.policy, journey));
          expect(view.explanation.score).toBe(view.score);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('settling in two steps equals settling in one', () => {
    fc.assert(
      fc.property(history, fc.nat(500 * DAY_MS), fc.nat(500 * DAY_MS), (events, first, second) => {
        const state = fold(events);
        const twice = copyState(state);
        settle(measures, twice, state.clock! + first, newChanges());
        settle(measures, twice, state.clock! + first + second, newChanges());
        const once = copyState(state);
        settle(measures, once, state.clock! + first + second, newChanges());
        expect(viewCustomer(measures, twice)).toEqual(viewCustomer(measures, once));
        expect(twice).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test('a state serialised and restored goes on identically', () => {
    fc.assert(
      fc.property(history, cut, (events, at) => {
        const middle = Math.floor(at * events.length);
        const restored = restoreState(serialiseState(fold(events.slice(0, middle))));
        expect(fold(events.slice(middle), restored)).toEqual(fold(events));
      }),
      { numRuns: 300 },
    );
  });

  test('asking when something falls due next changes nothing', () => {
    fc.assert(
      fc.property(history, (events) => {
        const asked = initialState('c1');
        const [changes, whereAsked] = [newChanges(), newChanges()];
        for (const event of events) {
          nextDueAt(measures, asked);
          apply(measures, asked, event, whereAsked);
        }
        const state = initialState('c1');
        for (const event of events) apply(measures, state, event, changes);
        const to = state.clock! + 1000 * DAY_MS;
        for (const each of [state, asked]) settle(measures, each, to, newChanges());
        expect(whereAsked).toEqual(changes);
        expect(asked).toEqual(state);
      }),
      { numRuns: 300 },
    );
  });

  test('settling a copy leaves the original as it was', () => {
    fc.assert(
      fc.property(history, (events) => {
        const state = fold(events);
        const before = serialiseState(state);
        settle(measures, copyState(state), state.clock! + 1000 * DAY_MS, newChanges());
        expect(serialiseState(state)).toBe(before);
      }),
      { numRuns: 200 },
    );
  });

  test('the trust history is a path of single steps that ends at the stage', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { history: path, trust } = fold(events);
        let stage = 'none';
        let at = Number.NEGATIVE_INFINITY;
        for (const change of path) {
          expect(change.from).toBe(stage);
          expect(change.at).toBeGreaterThanOrEqual(at);
          ({ to: stage, at } = change);
        }
        expect(trust.stage).toBe(stage);
      }),
      { numRuns: 200 },
    );
  });
});
