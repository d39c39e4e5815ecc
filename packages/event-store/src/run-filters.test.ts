import { expect, test } from 'vitest';
import { addToFilter, emptyFilter, runFilters } from './run-filters.ts';

test('a filter never denies a run that holds the key, and seldom names one that does not', () => {
  const filters = runFilters();
  const keyOf = (run: number, n: number) =>
    [Math.imul(run * 40_000 + n + 1, 2654435761), Math.imul(n + 7, 1597334677) ^ run] as const;
  // More runs than one group of words holds.
  for (let run = 0; run < 40; run++) {
    const filter = emptyFilter();
    for (let n = 0; n < 5000; n++) addToFilter(filter, ...keyOf(run, n));
    filters.add(filter);
  }
  let named = 0;
  for (let run = 0; run < 40; run++) {
    for (let n = 0; n < 5000; n += 50) {
      expect(filters.candidates(...keyOf(run, n))).toContain(run);
      named += filters.candidates(...keyOf(run, n))!.length;
    }
  }
  expect(named).toBeLessThan(40 * 100 * 1.01);
  let wrong = 0;
  for (let n = 5000; n < 25_000; n++) wrong += filters.candidates(...keyOf(0, n))?.length ?? 0;
  expect(wrong).toBeLessThan(20);
});
