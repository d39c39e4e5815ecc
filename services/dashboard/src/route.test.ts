import { expect, test } from 'vitest';
import { customerPath, journeyPath, routeOf } from './route.ts';

test('every id leads to its page and back, whatever characters it holds', () => {
  for (const id of ['order-1', 'a/b', 'ä ö?#&%', '100%', '<b>', '日本']) {
    expect(routeOf(journeyPath(id))).toEqual({ page: 'journey', id });
    expect(routeOf(customerPath(id))).toEqual({ page: 'customer', id });
  }
  expect(journeyPath('o 1', 'a&b')).toBe('/journeys/o%201?customerId=a%26b');
});

test('an address that means nothing leads nowhere rather than to a wrong page', () => {
  for (const path of ['/journeys', '/journeys/', '/journeys/a/b', '/journeys/%E0%A4%A', '/else']) {
    expect(routeOf(path)).toEqual({ page: 'nowhere' });
  }
  expect(routeOf('/')).toEqual({ page: 'overview' });
});
