import { expect, it, vi } from 'vitest';
import { CHECKS_REMEMBERED_MS, checkRounds } from './health-rounds.ts';

it('however many ask, a check runs once, and its outcome is remembered for a second', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  let runs = 0;
  const checks = [{ name: 'store', run: async () => (++runs > 1 ? 'is down' : undefined) }];
  const outcomes = checkRounds(checks);
  const [first, second] = await Promise.all([outcomes(), outcomes()]);
  expect(second).toBe(first);
  vi.advanceTimersByTime(CHECKS_REMEMBERED_MS - 1);
  expect(await outcomes()).toEqual([{ name: 'store', isNeeded: true, fault: undefined }]);
  vi.advanceTimersByTime(1);
  expect(await outcomes()).toEqual([{ name: 'store', isNeeded: true, fault: 'is down' }]);
  expect(runs).toBe(2);
  vi.useRealTimers();
});
