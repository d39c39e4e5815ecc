import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/api/vocabulary';

const STEPS_MS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
  2000,
  5000,
  10_000,
  15_000,
  30_000,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 3, 7, 14, 30, 60, 90, 180, 365].map((n) => n * DAY_MS),
];
const BINS_MAX = 14;

/** Borders of a histogram that reaches to `most`: equal spans that people count in. */
export function binEdges(most: number | null): readonly number[] {
  if (most === null || !(most > 0)) return [];
  const step = STEPS_MS.find((each) => most / each <= BINS_MAX) ?? Math.ceil(most / BINS_MAX);
  const bins = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: bins }, (_, index) => (index + 1) * step);
}
