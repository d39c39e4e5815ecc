import { expect, it } from 'vitest';
import { CHECKS_REMEMBERED_MS, checkRounds } from './health-rounds.ts';

it('however many ask, a check runs once, and its outcome is remembered for a second', async () => {
  let now = 0;
  let runs = 0;
  const checks = [{ name: 'store', run: async () => (++runs > 1 ? 'is down' : undefined) }];
  const outcomes = checkRounds(checks, () => now);
  const [first, second] = await Promise.all([outcomes(), outcomes()]);
  expect(second).toBe(first);
  now += CHECKS_REMEMBERED_MS - 1;
  expect(await outcomes()).toEqual([{ name: 'store', isNeeded: true, fault: undefined }]);
  now += 1;
  expect(await outcomes()).toEqual([{ name: 'store', isNeeded: true, fault: 'is down' }]);
  expect(runs).toBe(2);
});
