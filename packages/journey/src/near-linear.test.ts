import { expect, test, vi } from 'vitest';
import { countedState, type Looks } from '../testing/counted-state.ts';
import { largeCustomers } from '../testing/large-customers.ts';
import { measures } from '../testing/random-history.ts';
import { announcementEvent } from './announcement-event.ts';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { clockCorrectedEvent, standingAnnouncements } from './clock-corrected-event.ts';
import { settle } from './settle.ts';
import { copyState, initialState } from './state.ts';
import { viewCustomer } from './views.ts';

function looksFor(n: number, eventsOf: (typeof largeCustomers)[string]): number {
  const looks: Looks = { count: 0 };
  const state = countedState(initialState('c1'), looks);
  for (const event of eventsOf(n)) apply(measures, state, event, newChanges());
  settle(measures, copyState(state), Date.UTC(2199, 0, 1), newChanges());
  settle(measures, state, Date.UTC(2199, 0, 1), newChanges());
  viewCustomer(measures, state);
  return looks.count;
}

test.each(Object.entries(largeCustomers))(
  '%s: four times as many take at most six times as many looks',
  (_, eventsOf) => {
    const few = looksFor(250, eventsOf);
    expect(few).toBeGreaterThan(250);
    expect(looksFor(1_000, eventsOf)).toBeLessThan(6 * few);
  },
);

/** Number of Map entries that were offered for iteration while `work` ran. */
function entriesLookedThrough(work: () => void): number {
  let count = 0;
  const iterate = Map.prototype[Symbol.iterator];
  const spy = vi.spyOn(Map.prototype, Symbol.iterator).mockImplementation(function (this: Map<unknown, unknown>) {
    count += this.size;
    return iterate.call(this);
  });
  work();
  spy.mockRestore();
  return count;
}

test('corrections of the clock: four times as many of four times as many announcements look through at most six times as many', () => {
  const looksFor = (n: number): number => {
    const events = Array.from({ length: n }, (_, i) => {
      const told = { kind: 'promise-broken', promiseId: `p${i}`, journeyId: null, at: 1_000 + i } as const;
      const corrected = clockCorrectedEvent('c', { ...NOTHING_TOLD, told: new Map([['q', Q]]), corrections: i }, 2 * n);
      return [announcementEvent('c', told, true), corrected!];
    }).flat();
    const announced = events.map((event) => ({
      id: event.id,
      time: Date.parse(event.time),
      body: JSON.stringify(event),
    }));
    return entriesLookedThrough(() => expect(standingAnnouncements(announced).corrections).toBe(n));
  };
  expect(looksFor(400)).toBeLessThan(6 * looksFor(100) + 1_000);
});

const NOTHING_TOLD = { settledTo: 0, unreadable: [] };
const Q = { id: 'q', dueAt: Number.MAX_SAFE_INTEGER };
