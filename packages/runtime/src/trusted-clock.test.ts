import { expect, it } from 'vitest';
import { type Leap, type TrustOptions, trustedClock } from './trusted-clock.ts';

const T0 = Date.UTC(2026, 2, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function machine(options?: TrustOptions) {
  let elapsed = 0;
  let ahead = 0;
  const clock = trustedClock({ wall: () => T0 + elapsed + ahead, monotonic: () => 5 + elapsed }, options);
  return {
    clock,
    /** Advances the time; the clock is read every second. */
    pass: (ms: number) => {
      for (const end = elapsed + ms; elapsed < end; ) {
        elapsed = Math.min(end, elapsed + 1000);
        clock.now();
      }
    },
    leapTo: (ms: number) => {
      ahead = ms;
    },
  };
}

it('while both clocks agree, now is the time of day', () => {
  const { clock, pass } = machine();
  pass(3 * DAY_MS);
  expect(clock.now()).toBe(T0 + 3 * DAY_MS);
  expect(clock.leaps()).toEqual([]);
});

it.each([
  ['ahead', 40 * DAY_MS],
  ['back', -40 * DAY_MS],
])('a time of day that leapt %s is not believed, and is again as soon as it is back', (_, by) => {
  const { clock, pass, leapTo } = machine();
  pass(MINUTE_MS);
  leapTo(by);
  expect(clock.now()).toBe(T0 + MINUTE_MS);
  expect(clock.offByMs()).toBe(by);
  pass(9 * MINUTE_MS);
  expect(clock.now()).toBe(T0 + MINUTE_MS);
  leapTo(0);
  expect(clock.now()).toBe(T0 + 10 * MINUTE_MS);
  expect(clock.offByMs()).toBe(0);
  expect(clock.leaps()).toEqual([{ at: T0 + MINUTE_MS, byMs: by, outcome: 'returned' }]);
});

it.each([
  ['ahead', DAY_MS / 3],
  ['back', -DAY_MS / 3],
])('a difference that stays for ten minutes is believed, %s', (_, by) => {
  const { clock, pass, leapTo } = machine();
  leapTo(by);
  pass(10 * MINUTE_MS);
  expect(clock.now()).toBe(T0);
  pass(1000);
  expect(clock.now()).toBe(T0 + by + 10 * MINUTE_MS + 1000);
  expect(clock.leaps()).toEqual([{ at: T0, byMs: by, outcome: 'believed' }]);
});

it('a time of day that leaps on and on is never believed', () => {
  const { clock, pass, leapTo } = machine();
  for (let days = 1; days <= 20; days++) {
    leapTo(days * DAY_MS);
    pass(5 * MINUTE_MS);
  }
  expect(clock.now()).toBe(T0);
  expect(clock.leaps()).toEqual([{ at: T0, byMs: 20 * DAY_MS, outcome: 'distrusted' }]);
});

it('the small corrections of a time server are no leaps, however many', () => {
  const { clock, pass, leapTo } = machine();
  for (let n = 1; n <= 60; n++) {
    leapTo(n * 300);
    pass(11 * MINUTE_MS);
  }
  expect(clock.leaps()).toEqual([]);
  expect(clock.now()).toBe(T0 + 60 * 11 * MINUTE_MS + 18_000);
});

it('a small correction backwards makes now stand still, and never go back', () => {
  const { clock, pass, leapTo } = machine();
  pass(10_000);
  leapTo(-1500);
  expect(clock.now()).toBe(T0 + 10_000);
  pass(1000);
  expect(clock.now()).toBe(T0 + 10_000);
  pass(1000);
  expect(clock.now()).toBe(T0 + 10_500);
  expect(clock.leaps()).toEqual([]);
});

it('at the start, a time of day before what the log holds already is distrusted, until it is set or stays', () => {
  const set = machine({ atLeast: T0 + DAY_MS });
  expect(set.clock.now()).toBe(T0 + DAY_MS);
  expect(set.clock.isKnown()).toBe(false);
  set.leapTo(9 * DAY_MS);
  expect(set.clock.now()).toBe(T0 + 9 * DAY_MS);
  expect(set.clock.isKnown()).toBe(true);
  set.leapTo(2 * DAY_MS);
  expect(set.clock.now()).toBe(T0 + 9 * DAY_MS);

  const stays = machine({ atLeast: T0 + DAY_MS });
  stays.pass(10 * MINUTE_MS);
  expect(stays.clock.now()).toBe(T0 + 10 * MINUTE_MS);
});

it('a leap is told when it is seen and when it ends', () => {
  const told: Leap['outcome'][] = [];
  const { clock, leapTo } = machine({ onLeap: ({ outcome }) => told.push(outcome) });
  leapTo(DAY_MS);
  clock.now();
  clock.now();
  leapTo(0);
  clock.now();
  expect(told).toEqual(['distrusted', 'returned']);
});
