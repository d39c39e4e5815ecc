import { expect, test } from 'vitest';
import { nameFor } from './change.ts';

test('what is kept gets a name of its title that addresses take, and that nothing else has', () => {
  expect(nameFor('Orders on the app', [], 'view')).toBe('orders-on-the-app');
  expect(nameFor('release 4.2', [], 'mark')).toBe('release-4.2');
  expect(nameFor('release 4.2', ['release-4.2', 'release-4.2-2'], 'mark')).toBe('release-4.2-3');
  expect(nameFor('黑色星期五', ['mark'], 'mark')).toBe('mark-2');
  expect(nameFor('x'.repeat(200), [], 'view').length).toBeLessThanOrEqual(64);
});
