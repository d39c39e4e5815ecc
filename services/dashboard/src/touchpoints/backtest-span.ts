import { DAY_MS, MINUTE_MS } from '@touchstone/api/vocabulary';
import type { Period } from '../selection/selection.ts';

/** Longest span that a back-test takes. */
const SPAN_MAX_MS = 400 * DAY_MS;
const SPAN_UNTOLD_MS = 90 * DAY_MS;

export interface Span {
  readonly from: string;
  readonly to: string;
}

/** The span of a back-test: the period in whole minutes up to now, or the last 90 days. */
export function backtestSpan({ from, to }: Period, now: string): Span {
  const minute = (ms: number): number => Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  const end = minute(Math.min(to === null ? Number.POSITIVE_INFINITY : Date.parse(to), Date.parse(now)));
  const begin = from === null ? end - SPAN_UNTOLD_MS : Math.max(minute(Date.parse(from)), end - SPAN_MAX_MS);
  const iso = (ms: number): string => new Date(ms).toISOString();
  return { from: iso(Math.min(begin, end - MINUTE_MS)), to: iso(end) };
}
