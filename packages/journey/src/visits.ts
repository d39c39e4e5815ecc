import { DAY_MS } from './instant.ts';
import { nextTime } from './sorted-times.ts';
import type { CustomerState } from './state.ts';

/**
 * The customer's visits, sorted, in ms: the starts of journeys and the moments without one, except
 * those less than a day after the previous visit. The cost grows with the visits, at most one a
 * day, and not with the moments.
 */
export function visitsOf({ journeyStarts, trust: { momentsAlone } }: CustomerState): number[] {
  const visits: number[] = [];
  for (let from = Number.NEGATIVE_INFINITY; ; ) {
    const visit = Math.min(nextTime(journeyStarts, from) ?? Infinity, nextTime(momentsAlone, from) ?? Infinity);
    if (visit === Infinity) return visits;
    visits.push(visit);
    from = visit + DAY_MS;
  }
}

/** The median gap between visits, ms; null with fewer visits than `visitsMin`, or without a gap. */
export function rhythmOf(state: CustomerState, visitsMin: number): number | null {
  const visits = visitsOf(state);
  if (visits.length < Math.max(2, visitsMin)) return null;
  const gaps = Float64Array.from({ length: visits.length - 1 }, (_, i) => visits[i + 1]! - visits[i]!).sort();
  const middle = gaps.length >> 1;
  return gaps.length % 2 === 1 ? gaps[middle]! : (gaps[middle - 1]! + gaps[middle]!) / 2;
}
