import { expect, test } from 'vitest';
import { complaintAt, promiseAt, stageAt } from './standing-at.ts';

const day = (n: number): string => new Date(Date.UTC(2026, 2, n)).toISOString();
const promise = {
  id: 'p',
  customerId: 'c',
  expected: false,
  journeyId: 'j',
  journeyType: 'order',
  touchpoint: null,
  what: null,
  madeAt: day(1),
  dueAt: day(5),
  state: 'kept-late' as const,
  closedAt: day(8),
};

test('a promise is shown as it stood: not made, open, not kept in time, kept late', () => {
  const stateOn = (n: number) => promiseAt(promise, new Date(Date.parse(day(n)) - 1000).toISOString())?.state;
  expect([1, 2, 5, 6, 8, 9].map(stateOn)).toEqual([undefined, 'open', 'open', 'broken', 'broken', 'kept-late']);
  expect(promiseAt(promise, day(5))?.state).toBe('open');
  expect(promiseAt(promise, undefined)).toBe(promise);
});

test('a complaint is open from when it was raised until it was resolved', () => {
  const complaint = { id: 'x', raisedAt: day(3), resolvedAt: day(6) } as never;
  expect(complaintAt(complaint, day(2))).toBeNull();
  expect(complaintAt(complaint, day(4))?.resolvedAt).toBeNull();
  expect(complaintAt(complaint, day(6))?.resolvedAt).toBe(day(6));
});

test('the stage at a time is that of the latest move by then, and before all moves where the first began', () => {
  const timeline = [
    { order: 3, at: day(7), from: 'cognitive', to: 'none' },
    { order: 1, at: day(3), from: 'none', to: 'cognitive' },
    { order: 2, at: day(4) },
  ] as never;
  expect([1, 3, 5, 7].map((n) => stageAt({ timeline }, day(n)))).toEqual(['none', 'cognitive', 'cognitive', 'none']);
  expect(stageAt({ timeline: [] }, day(1))).toBeNull();
});
