import type { Explanation } from './journey-score.ts';
import type { JourneyView } from './tell-journey.ts';
import type { CustomerView } from './views.ts';

/** The same range of each list in an answer; offsets start at 0. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Summary of the moments that a page omits, so that its explanation still adds up. */
export interface OtherMoments {
  readonly count: number;
  /** Σ share · score. */
  readonly points: number;
}

export interface JourneyPage extends JourneyView {
  readonly explanation: Explanation & { readonly otherMoments: OtherMoments };
  /** Total length of the list. */
  readonly total: { readonly timeline: number };
  readonly isLast: boolean;
}

/** The timeline is ordered by time, the scored moments by log order, `whatIf` by gain. */
export function pageOfJourney(journey: JourneyView, page: Page): JourneyPage {
  const { timeline, explanation } = journey;
  const moments = part(explanation.moments, page);
  return {
    ...journey,
    explanation: {
      ...explanation,
      moments,
      otherMoments: othersThan(moments, explanation),
      whatIf: part(explanation.whatIf, page),
    },
    timeline: part(timeline, page),
    total: { timeline: timeline.length },
    isLast: isLast(page, timeline, explanation.moments, explanation.whatIf),
  };
}

function othersThan(shown: Explanation['moments'], { moments }: Explanation): OtherMoments {
  const count = moments.length - shown.length;
  return { count, points: count === 0 ? 0 : pointsOf(moments) - pointsOf(shown) };
}

function pointsOf(moments: Explanation['moments']): number {
  let points = 0;
  for (const { share, score } of moments) points += share * score;
  return points;
}

export interface CustomerPage extends CustomerView {
  /** Total length of each list. */
  readonly total: { readonly history: number; readonly journeys: number };
  readonly isLast: boolean;
}

/** Both lists start with the earliest entry. */
export function pageOfCustomer(customer: CustomerView, page: Page): CustomerPage {
  const { history, journeys } = customer;
  return {
    ...customer,
    history: part(history, page),
    journeys: part(journeys, page),
    total: { history: history.length, journeys: journeys.length },
    isLast: isLast(page, history, journeys),
  };
}

function part<Item>(all: readonly Item[], { offset, limit }: Page): readonly Item[] {
  return all.slice(offset, offset + limit);
}

function isLast({ offset, limit }: Page, ...lists: readonly (readonly unknown[])[]): boolean {
  return lists.every(({ length }) => length <= offset + limit);
}
