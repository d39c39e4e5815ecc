import { announceEndedJourney, type Changes } from './changes.ts';
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
  state.openJourneys.add(journey.id);
  state.dueFrom = Math.min(state.dueFrom, abandonedAt(measures, journey));
}

function beginJourney(id: string, type: string, at: number): JourneyState {
  return {
    id,
    type,
    status: 'open',
    startedAt: at,
    lastAt: at,
    endedAt: null,
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
  state: CustomerState,
  journey: JourneyState,
  status: 'completed' | 'abandoned',
  at: number,
  changes: Changes,
): void {
  if (journey.status !== 'open') return;
  journey.status = status;
  journey.endedAt = at;
  state.openJourneys.delete(journey.id);
  announceEndedJourney(changes, journey);
}

/** Take the standing critical failure at a touchpoint away, or all of the journey's. */
export function recover(state: CustomerState, journey: JourneyState, touchpoint: string | undefined): void {
  if (touchpoint === undefined) journey.standing.clear();
  else journey.standing.delete(touchpoint);
  if (journey.standing.size === 0) state.vetoed.delete(journey.id);
}
