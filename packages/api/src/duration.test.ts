import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

const HOUR_MS = 3_600_000;

it('a duration is weeks, or days, hours, minutes and seconds', () => {
  expect(parseDuration('PT24H')).toBe(24 * HOUR_MS);
  expect(parseDuration('P1D')).toBe(24 * HOUR_MS);
  expect(parseDuration('P2W')).toBe(14 * 24 * HOUR_MS);
  expect(parseDuration('P1DT2H3M4S')).toBe(26 * HOUR_MS + 184_000);
  expect(parseDuration('PT0S')).toBe(0);
  expect(parseDuration('PT36H30M1.5S')).toBe(36.5 * HOUR_MS + 1500);
  expect(parseDuration('PT0.001S')).toBe(1);
});

it.each([
  '',
  'P',
  'PT',
  'P1DT',
  'P1M',
  'P1Y',
  '24h',
  'pt24h',
  '-PT1H',
  'PT1.5H',
  'PT1.S',
  'PT1.0001S',
  'P1W2D',
  'PT1H ',
  'P9999999999999D',
])('%j has no one length and is refused', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
