import type { Explanation } from './journey-score.ts';
import type { JourneyView } from './tell-journey.ts';
import type { CustomerView } from './views.ts';

/** A part of an answer's lists: of each the same places, from 0. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** What a page leaves out of an explanation: with it, it adds up. */
export interface OtherMoments {
  readonly count: number;
  /** Σ share · score */
  readonly points: number;
}

export interface JourneyPage extends JourneyView {
  readonly explanation: Explanation & { readonly otherMoments: OtherMoments };
  /** How many there are in all. */
  readonly total: { readonly timeline: number };
  readonly isLast: boolean;
}

/** The timeline by time, and the scored moments in the order of the log. */
export function pageOfJourney(journey: JourneyView, page: Page): JourneyPage {
  const { timeline, explanation } = journey;
  const moments = part(explanation.moments, page);
  return {
    ...journey,
    explanation: { ...explanation, moments, otherMoments: othersThan(moments, explanation) },
    timeline: part(timeline, page),
    total: { timeline: timeline.length },
    isLast: isLast(page, timeline, explanation.moments),
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
  /** How many there are in all. */
  readonly total: { readonly history: number; readonly journeys: number };
  readonly isLast: boolean;
}

/** Both lists from what came first. */
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
