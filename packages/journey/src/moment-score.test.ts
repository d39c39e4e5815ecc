import { expect, test } from 'vitest';
import type { Definition } from './definitions.ts';
import { levelOf } from './levels.ts';
import { measureFeedback, measureMoment } from './moment-score.ts';
import { policyV1 } from './policy.ts';

const moment = { touchpoint: 't', channel: 'web', outcome: 'succeeded' } as const;
const measure = (data: object, target?: number, definition?: Definition) =>
  measureMoment(policyV1, definition, target === undefined ? undefined : { targetMs: target, expectation: 3 }, {
    ...moment,
    ...data,
  });

test.each([
  [3, [0, 56.957, 70, 75.59, 100]],
  [4, [0, 40.654, 62.966, 70, 100]],
  [4.5, [0, 35.454, 56.957, 70, 70]],
  [5, [0, 31.407, 51.867, 65.195, 70]],
])('with expectation %d the perceptions 1..5 score as the published table says', (expectation, scores) => {
  scores.forEach((score, index) => {
    expect(measure({ expectation, perception: index + 1 }).score).toBeCloseTo(score, 3);
  });
});

test('perception is taken from the first source that is there', () => {
  const all = { perception: 2, ratings: { empathy: 5 }, effort: 1, durationMs: 10 };
  expect(measure(all).perception).toBe(2);
  expect(measure({ ...all, perception: undefined, ratings: { empathy: 5, reliability: 2 } }).perception).toBe(3.5);
  expect(measure({ effort: { value: 100, min: 0, max: 100 } }).perception).toBe(1);
  expect(measure({ outcome: 'failed' }).perception).toBe(1);
  expect(measure({ outcome: 'abandoned' }).perception).toBe(2);
  expect(measure({}).perception).toBe(4);
});

test.each([
  [0, 4],
  [500, 4],
  [750, 3.5],
  [1000, 3],
  [2000, 2],
  [3000, 1],
  [9000, 1],
])('a duration of %d ms against a target of 1000 ms is felt as %d when 3 is expected', (durationMs, perception) => {
  expect(measure({ durationMs }, 1000).perception).toBe(perception);
});

test('a disconfirmation that equals the tolerance is confirmed, whatever the rounding', () => {
  expect(measure({ expectation: 3.3, perception: 3.8 }).verdict).toBe('confirmed');
  expect(measure({ expectation: 3.3, perception: 2.8 }).verdict).toBe('confirmed');
  expect(measure({ expectation: 4, perception: 4.6 }).verdict).toBe('exceeded');
});

test('csat is its score, ces the effort turned round, nps no moment score', () => {
  expect(measureFeedback(policyV1, undefined, undefined, { instrument: 'csat', score: 5 })?.perception).toBe(5);
  expect(measureFeedback(policyV1, undefined, undefined, { instrument: 'ces', score: 5 })?.perception).toBe(1);
  expect(measureFeedback(policyV1, undefined, undefined, { instrument: 'nps', score: 9 })).toBeNull();
});

test('a score has the level whose bound it reaches up to rounding', () => {
  expect(levelOf(95 - 1e-10)).toBe('very-satisfied');
  expect(levelOf(70)).toBe('neutral');
  expect(levelOf(70 + 1e-10)).toBe('neutral');
  expect(levelOf(70.001)).toBe('fairly-satisfied');
  expect([80, 60, 40, 15, 14.9].map(levelOf)).toEqual([
    'satisfied',
    'neutral',
    'slightly-dissatisfied',
    'dissatisfied',
    'very-dissatisfied',
  ]);
});
