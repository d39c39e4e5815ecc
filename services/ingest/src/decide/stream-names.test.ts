import { PUBLISHED_PREFIX } from '@touchstone/event-store';
import { customerOf, customerStream } from '@touchstone/journey';
import { expect, test } from 'vitest';

test('the store counts as published what is stored under customers', () => {
  expect(customerStream('ada')).toBe(`${PUBLISHED_PREFIX}ada`);
  expect(customerOf(customerStream('ada'))).toBe('ada');
});
