import type { LeapOutcome } from '@touchstone/api';
import { expect, it } from 'vitest';
import { clockInWords } from './clock.ts';

const NOW = '2026-03-01T12:00:00.000Z';
const DAY_MS = 86_400_000;
const leap = (byMs: number, outcome: LeapOutcome, customers = 0) => ({
  at: NOW,
  byMs,
  outcome,
  customers,
  machine: 'm',
});

it('says that a leap was, when and by how much', () => {
  const leaps = [
    leap(40 * DAY_MS, 'returned'),
    leap(-3_600_000, 'believed'),
    leap(6 * DAY_MS + 68_400_000, 'withdrawn', 12),
  ];
  const { state, found } = clockInWords({ now: NOW, offByMs: 0, leaps });
  expect(state).toBe('good');
  expect(found).toContain(`at ${NOW} it leapt ahead by 40 d and came back (m)`);
  expect(found).toContain('it leapt back by 1 h and stayed, and was believed');
  expect(found).toContain('what was announced up to 6 d 19 h too early of 12 customers was withdrawn');
  expect(clockInWords({ now: NOW, offByMs: 0, leaps: [] }).found).toBe('trusted; never leapt');
});

it('says what to do while the time of day is not trusted', () => {
  const { state, found, advice } = clockInWords({ now: NOW, offByMs: -90_000, leaps: [] });
  expect(state).toBe('bad');
  expect(found).toContain(`back by 1 min 30 s and is not trusted; now stands at ${NOW}`);
  expect(advice).toContain('NTP');
});
