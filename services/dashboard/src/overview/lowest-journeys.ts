import type { JourneyList, JourneySummary } from '../answers.ts';
import { type Chosen, setFrom } from './failure-rates.ts';

export const journeysShown = 10;

/** The worst journeys of the period and touchpoint that are chosen: of those that are still open, or of all. */
export function lowestJourneysPath(chosen: Chosen, now: string, which: 'open' | 'all'): string {
  // `minScore` leaves out the journeys in which nothing is scored. Of all there are enough ended ones among twice as many.
  const limit = which === 'open' ? journeysShown : 2 * journeysShown;
  const parameters = new URLSearchParams({ minScore: '0', sort: 'score', limit: String(limit) });
  if (which === 'open') parameters.set('status', 'open');
  if (chosen.touchpoint !== null) parameters.set('touchpoint', chosen.touchpoint);
  setFrom(parameters, chosen.started, now);
  return `/v1/journeys?${parameters}`;
}

/** Open ones first, for something can still be done about them; then the ended ones, each from the worst on. */
export function openFirst(open: JourneyList, all: JourneyList): readonly JourneySummary[] {
  const key = ({ id, customerId }: JourneySummary): string => JSON.stringify([customerId, id]);
  const known = new Set(open.items.map(key));
  const ended = all.items.filter((journey) => journey.status !== 'open' && !known.has(key(journey)));
  return [...open.items, ...ended].slice(0, journeysShown);
}

/** Any journey that ever met the touchpoint. */
export function anyJourneyPath(touchpoint: string): string {
  return `/v1/journeys?${new URLSearchParams({ touchpoint, limit: '1' })}`;
}

/** The moments at the touchpoint, in journeys and without one. */
export function momentsPath(touchpoint: string): string {
  return `/v1/touchpoints/failure-rates?${new URLSearchParams({ by: 'touchpoint', touchpoint })}`;
}
