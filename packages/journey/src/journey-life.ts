import { announceEndedJourney, type Changes } from './changes.ts';
import { addDeadline, JOURNEY_ABANDONED } from './deadlines.ts';
import type { JourneyEvent } from './events.ts';
import { abandonedAt } from './settle.ts';
import { addTime, removeTime } from './sorted-times.ts';
import type { CustomerState, JourneyState, Measures } from './state.ts';

/** The journey that the event names: begun, or reopened if it was abandoned. */
export function touchJourney(
  measures: Measures,
  state: CustomerState,
  event: JourneyEvent,
  changes: Changes,
): JourneyState | undefined {
  const { journeyId, journeyType, attributes } = event.data;
  if (journeyId === undefined) return undefined;
  let journey = state.journeys.get(journeyId);
  if (journey === undefined) {
    journey = beginJourney(journeyId, journeyType!, event.time);
    state.journeys.set(journeyId, journey);
    addTime(state.journeyStarts, event.time);
    expectMore(measures, state, journey);
  } else {
    journey.lastAt = Math.max(journey.lastAt, event.time);
    if (event.time < journey.startedAt) {
      removeTime(state.journeyStarts, journey.startedAt);
      addTime(state.journeyStarts, event.time);
      journey.startedAt = event.time;
    }
    if (journey.status === 'abandoned') {
      journey.status = 'open';
      journey.endedAt = null;
      expectMore(measures, state, journey);
    }
  }
  if (attributes !== undefined) keepAttributes(journey, attributes);
  changes.journeys.add(journeyId);
  return journey;
}

/**
 * Names of attributes, touchpoints and channels that are kept of one journey, each: the first in the log. They stand in its row, which every further event of the
 * journey writes again; its events have them all.
 */
export const NAMES_OF_JOURNEY_MAX = 256;

/** Of a name that is kept the last value counts. */
function keepAttributes(
  { attributes: kept }: JourneyState,
  attributes: Readonly<Record<string, string | number | boolean>>,
): void {
  for (const name of Object.keys(attributes)) {
    if (kept.size < NAMES_OF_JOURNEY_MAX || kept.has(name)) kept.set(name, attributes[name]!);
  }
}

/** Remembers that the journey met it. */
export function keepName(kept: Set<string>, name: string): void {
  if (kept.size < NAMES_OF_JOURNEY_MAX) kept.add(name);
}

/** An open journey is abandoned unless more comes. */
function expectMore(measures: Measures, state: CustomerState, journey: JourneyState): void {
  if (journey.isAwaited) return;
  journey.isAwaited = true;
  addDeadline(state.deadlines, { at: abandonedAt(measures, journey), kind: JOURNEY_ABANDONED, id: journey.id });
}

function beginJourney(id: string, type: string, at: number): JourneyState {
  return {
    id,
    type,
    status: 'open',
    startedAt: at,
    lastAt: at,
    endedAt: null,
    isAwaited: false,
    moments: 0,
    failures: 0,
    scored: 0,
    weightSum: 0,
    weightedScoreSum: 0,
    peak: null,
    end: null,
    brokenPromises: 0,
    promisesKeptLate: 0,
    openComplaints: 0,
    standing: new Map(),
    touchpoints: new Set(),
    channels: new Set(),
    attributes: new Map(),
  };
}

/** Completed stays completed; abandoned was reopened by the event that comes here. */
export function endJourney(
  journey: JourneyState,
  status: 'completed' | 'abandoned',
  at: number,
  changes: Changes,
): void {
  if (journey.status !== 'open') return;
  journey.status = status;
  journey.endedAt = at;
  announceEndedJourney(changes, journey);
}

/** A critical failure at a touchpoint stands, with the greatest of its times. */
export function standFailure(state: CustomerState, { standing }: JourneyState, touchpoint: string, at: number): void {
  const before = standing.get(touchpoint);
  if (before !== undefined) {
    if (before >= at) return;
    removeTime(state.standing, before);
  }
  standing.set(touchpoint, at);
  addTime(state.standing, at);
}

/** Take the standing critical failure at a touchpoint away, or all of the journey's. */
export function recover(state: CustomerState, { standing }: JourneyState, touchpoint: string | undefined): void {
  if (standing.size === 0) return;
  for (const each of touchpoint === undefined ? [...standing.keys()] : [touchpoint]) {
    const at = standing.get(each);
    if (at === undefined) continue;
    removeTime(state.standing, at);
    standing.delete(each);
  }
}
