import { expect, test } from 'vitest';
import { behindPath } from './failing-link.ts';

test('the path of an alert is opened as the page that lists the same', () => {
  expect(behindPath('/v1/journeys?touchpoint=42&hasFailure=true&from=2026-03-01T00:00:00.000Z')).toEqual({
    to: '/journeys',
    with: { last: undefined, touchpoint: '42', hasFailure: 'true', from: '2026-03-01T00:00:00.000Z' },
  });
  expect(behindPath('/v1/trust-changes?limit=50')).toEqual({ to: '/customers', with: { last: 'all', list: 'moves' } });
});

test('a path that no page knows, or none, is no link', () => {
  expect(behindPath('/v1/unheard-of?x=1')).toBeUndefined();
  expect(behindPath(null)).toBeUndefined();
});
