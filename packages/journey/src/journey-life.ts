import { announceEndedJourney, type Changes } from './changes.ts';
import { addDeadline, JOURNEY_ABANDONED } from './deadlines.ts';
import type { JourneyEvent } from './events.ts';
import { withdrawExpected } from './expected-touchpoints.ts';
import { abandonedAt } from './settle.ts';
import { addTime, removeTime } from './sorted-times.ts';
import type { CustomerState, JourneyState, MeasurementRules } from './state.ts';

/**
 * Returns the journey that the event names: starts it if it is new, reopens it if it was abandoned.
 */
export function touchJourney(
  measures: MeasurementRules,
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
 * Maximum number of attributes, of touchpoints and of channels kept per journey, the first in the
 * log. They are in the journey's row, which each of its events writes again; the events themselves
 * keep all.
 */
export const NAMES_OF_JOURNEY_MAX = 256;

/** The last value of a kept attribute wins. */
function keepAttributes(
  { attributes: kept }: JourneyState,
  attributes: Readonly<Record<string, string | number | boolean>>,
): void {
  for (const name of Object.keys(attributes)) {
    if (kept.size < NAMES_OF_JOURNEY_MAX || kept.has(name)) kept.set(name, attributes[name]!);
  }
}

/** Remembers that the journey had this touchpoint or channel. */
export function keepName(kept: Set<string>, name: string): void {
  if (kept.size < NAMES_OF_JOURNEY_MAX) kept.add(name);
}

/** Registers the deadline at which an open journey without further events is abandoned. */
function expectMore(measures: MeasurementRules, state: CustomerState, journey: JourneyState): void {
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
    arrivals: null,
    standing: new Map(),
    touchpoints: new Set(),
    channels: new Set(),
    attributes: new Map(),
  };
}

/**
 * A completed journey stays completed; an abandoned one was reopened by the event that calls this.
 */
export function endJourney(
  { definitions }: MeasurementRules,
  state: CustomerState,
  journey: JourneyState,
  { status, at }: { readonly status: 'completed' | 'abandoned'; readonly at: number },
  changes: Changes,
): void {
  if (journey.status !== 'open') return;
  journey.status = status;
  journey.endedAt = at;
  if (status === 'completed') journey.arrivals = null;
  announceEndedJourney(changes, journey);
  withdrawExpected(state, journey, definitions.get(journey.type), at, changes);
}

/** Registers an unrecovered critical failure at a touchpoint, at the latest of its times. */
export function standFailure(state: CustomerState, { standing }: JourneyState, touchpoint: string, at: number): void {
  const before = standing.get(touchpoint);
  if (before !== undefined) {
    if (before >= at) return;
    removeTime(state.standing, before);
  }
  standing.set(touchpoint, at);
  addTime(state.standing, at);
}

/** Removes the unrecovered critical failure at a touchpoint, or all of the journey's. */
export function recover(state: CustomerState, { standing }: JourneyState, touchpoint: string | undefined): void {
  if (standing.size === 0) return;
  for (const each of touchpoint === undefined ? [...standing.keys()] : [touchpoint]) {
    const at = standing.get(each);
    if (at === undefined) continue;
    removeTime(state.standing, at);
    standing.delete(each);
  }
}
