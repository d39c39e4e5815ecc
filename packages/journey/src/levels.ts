import { above, atLeast } from './comparisons.ts';

export const levels = [
  'very-satisfied',
  'satisfied',
  'fairly-satisfied',
  'neutral',
  'slightly-dissatisfied',
  'dissatisfied',
  'very-dissatisfied',
] as const;
export type Level = (typeof levels)[number];

/** Satisfaction level of a score, 0..100. */
export function levelOf(score: number): Level {
  if (atLeast(score, 95)) return 'very-satisfied';
  if (atLeast(score, 80)) return 'satisfied';
  if (above(score, 70)) return 'fairly-satisfied';
  if (atLeast(score, 60)) return 'neutral';
  if (atLeast(score, 40)) return 'slightly-dissatisfied';
  if (atLeast(score, 15)) return 'dissatisfied';
  return 'very-dissatisfied';
}
