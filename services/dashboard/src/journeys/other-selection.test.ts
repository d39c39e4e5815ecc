import { expect, test } from 'vitest';
import { periodIn } from '../selection/selection.ts';
import { againstChanged, againstWhole, otherSelection, restOf } from './other-selection.ts';

const now = '2026-03-14T10:20:30.000Z';
const own = { view: 'funnel', steps: 'a,b', type: 'order', channel: 'web', last: 'P7D', timeZone: 'UTC' };
const otherOf = (address: Readonly<Record<string, string>>) => otherSelection(address, periodIn(address, now));

test('without a second selection there is none, and none before the beginning of time', () => {
  expect(otherOf(own)).toBeNull();
  expect(otherOf({ ...own, last: 'all', against: 'before' })).toBeNull();
});

test('the period before has the same filters and the same length, and ends where the period begins', () => {
  const other = otherOf({ ...own, against: 'before' });
  expect(other).toEqual({
    view: 'funnel',
    steps: 'a,b',
    type: 'order',
    channel: 'web',
    timeZone: 'UTC',
    from: '2026-02-28T10:21:00.000Z',
    to: '2026-03-07T10:21:00.000Z',
  });
});

test('other values of filters change these alone, whatever characters they have', () => {
  for (const channel of ['app', 'a&b=c', '"', '😀', '?']) {
    expect(otherOf({ ...own, against: againstChanged({ channel }) })).toEqual({ ...own, channel });
  }
});

test('a whole selection takes the place of filters and period, and leaves what the page shows', () => {
  const saved = { type: 'return', 'attribute.plan': 'gold', sort: 'score' };
  expect(otherOf({ ...own, against: againstWhole(saved) })).toEqual({
    view: 'funnel',
    steps: 'a,b',
    type: 'return',
    'attribute.plan': 'gold',
  });
});

test('all journeys are those of the period without the filters', () => {
  expect(otherOf({ ...own, against: 'all' })).toEqual({
    view: 'funnel',
    steps: 'a,b',
    last: 'P7D',
    timeZone: 'UTC',
  });
});

test('the rest of journeys with something are those without it', () => {
  expect(restOf({ type: 'order', hasFailure: 'true' })).toEqual({ hasFailure: 'false' });
  expect(restOf({ type: 'order' })).toBeNull();
});
