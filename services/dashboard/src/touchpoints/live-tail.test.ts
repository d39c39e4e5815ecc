import type { LiveEvent } from '@touchstone/api';
import { expect, test } from 'vitest';
import { added, ROWS_MAX } from './live-tail.ts';

const event = (position: number) => ({ position: String(position), customerId: 'c' }) as unknown as LiveEvent;
const positions = (events: readonly LiveEvent[]) => events.map(({ position }) => Number(position));
const nothing = { rows: [], held: [], skipped: 0 };

test('the newest event stands first, and the oldest go when there are too many', () => {
  const all = Array.from({ length: ROWS_MAX + 5 }, (_, n) => event(n));
  const { rows } = added(added(nothing, all.slice(0, 3), false), all.slice(3), false);
  expect(rows).toHaveLength(ROWS_MAX);
  expect(positions(rows).slice(0, 2)).toEqual([ROWS_MAX + 4, ROWS_MAX + 3]);
});

test('while it is paused nothing moves, and nothing that came meanwhile is lost', () => {
  const shown = added(nothing, [event(1)], false);
  const paused = added(added(shown, [event(2)], true), [event(3), event(4)], true);
  expect(paused.rows).toBe(shown.rows);
  expect(positions(added(paused, [], false).rows)).toEqual([4, 3, 2, 1]);
});
