import { expect, test } from 'vitest';
import { type Driver, journeysWith, knownBy, reachOf, toneOf } from './driver-rows.ts';

const driver = (difference: number | null, q: number, more: object = {}): Driver =>
  ({ factor: 'team', value: 'north', difference, low: null, high: null, q, ...more }) as Driver;

test('more complaints are bad and a higher score is good, and neither is claimed where chance may explain it', () => {
  expect(toneOf(driver(0.2, 0.01), 'complaint')).toBe('bad');
  expect(toneOf(driver(4, 0.01), 'score')).toBe('good');
  expect(toneOf(driver(-4, 0.05), 'score')).toBe('bad');
  expect(toneOf(driver(-4, 0.06), 'score')).toBe('plain');
  expect(toneOf(driver(null, 0), 'score')).toBe('plain');
});

test('the scale holds every interval, on both sides of nothing', () => {
  expect(reachOf([driver(1, 1, { low: -7, high: 9 }), driver(2, 1)])).toBe(9);
  expect(reachOf([])).toBe(0.01);
});

test('a value opens the journeys that have it, by the name of their own filter', () => {
  expect(journeysWith(driver(1, 1, { factor: 'attribute.plan', value: 'gold' }))).toEqual({ 'attribute.plan': 'gold' });
  expect(journeysWith(driver(1, 1, { factor: 'touchpoint-failed', value: 'a' }))).toEqual({
    touchpoint: 'a',
    hasFailure: 'true',
  });
  expect([knownBy('score'), knownBy('failure'), knownBy('feedback')]).toEqual([{ minScore: '0' }, {}, undefined]);
});
