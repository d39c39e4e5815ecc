import type { JourneyList, JourneySummary } from '@touchstone/api';
import { type Chosen, setFrom } from './failure-rates.ts';

export const journeysShown = 10;

/**
 * Path of the request for the worst journeys of the chosen period and touchpoint: the open ones, or
 * all.
 */
export function lowestJourneysPath(chosen: Chosen, now: string, which: 'open' | 'all'): string {
  // `minScore` leaves out journeys without a score. Twice as many of all, so that enough ended ones
  // are among them.
  const limit = which === 'open' ? journeysShown : 2 * journeysShown;
  const parameters = new URLSearchParams({ minScore: '0', sort: 'score', limit: String(limit) });
  if (which === 'open') parameters.set('status', 'open');
  if (chosen.touchpoint !== null) parameters.set('touchpoint', chosen.touchpoint);
  setFrom(parameters, chosen.started, now);
  return `/v1/journeys?${parameters}`;
}

/**
 * Open journeys first, because something can still be done about them; then the ended ones, each
 * from the worst on.
 */
export function openFirst(open: JourneyList, all: JourneyList): readonly JourneySummary[] {
  const key = ({ id, customerId }: JourneySummary): string => JSON.stringify([customerId, id]);
  const known = new Set(open.items.map(key));
  const ended = all.items.filter((journey) => journey.status !== 'open' && !known.has(key(journey)));
  return [...open.items, ...ended].slice(0, journeysShown);
}

/** Path of the request for any journey that ever met the touchpoint. */
export function anyJourneyPath(touchpoint: string): string {
  return `/v1/journeys?${new URLSearchParams({ touchpoint, limit: '1' })}`;
}

/** Path of the request for the touchpoint's moments, within and outside of journeys. */
export function momentsPath(touchpoint: string): string {
  return `/v1/touchpoints/failure-rates?${new URLSearchParams({ by: 'touchpoint', touchpoint })}`;
}
