import { expect, test } from 'vitest';
import { lineThrough } from './course-line.ts';

test('a course breaks where nothing was measured, and a lone point is seen as a dot', () => {
  expect(lineThrough([[0, 1], [10, 2.345], null, [30, 4], null, [50, 5], [60, 6]])).toBe(
    'M0 1L10 2.35M30 4h0.01M50 5L60 6',
  );
  expect(lineThrough([null, null])).toBe('');
});
