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
  if (attributes !== undefined) {
    for (const name of Object.keys(attributes)) journey.attributes.set(name, attributes[name]!);
  }
  changes.journeys.add(journeyId);
  return journey;
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
