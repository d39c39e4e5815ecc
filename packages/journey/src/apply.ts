import { announceTrustChange, type Changes } from './changes.ts';
import { applyComplaintNews, raiseComplaint } from './complaints.ts';
import type { EventOf, JourneyEvent } from './events.ts';
import { addIncident } from './incidents.ts';
import { endJourney, keepName, recover, standFailure, touchJourney } from './journey-life.ts';
import { addScore } from './journey-score.ts';
import type { Measured } from './moment-score.ts';
import { closePromise, makePromise } from './promises.ts';
import { settle } from './settle.ts';
import { addTime } from './sorted-times.ts';
import { type CustomerState, initialTrust, type JourneyState, type Measures } from './state.ts';
import { addToTrust, evaluateStage, move } from './trust.ts';
import { type Weighed, weigh } from './weigh-event.ts';

export interface Applied {
  /** The event was applied before: nothing happened. */
  readonly isRepeat: boolean;
  /** The event's score; null if it has none. */
  readonly measured: Measured | null;
}

const REPEAT: Applied = { isRepeat: true, measured: null };
const UNSCORED: Applied = { isRepeat: false, measured: null };

/**
 * Applies the next event of the customer's log: settles to its time, applies it, evaluates the
 * trust stage once, and records in `changes` what it touched. Events come in log order, whatever
 * their times; `UnmeasurableEvent` is thrown before the state changes, so a caller may skip the
 * event and go on.
 */
export function apply(measures: Measures, state: CustomerState, event: JourneyEvent, changes: Changes): Applied {
  if (isKnown(state, event)) return REPEAT;
  return applyWeighed(measures, state, event, weigh(measures, state, event), changes);
}

/** Like {@link apply}, for an event that is known to be new and was weighed before. */
export function applyWeighed(
  measures: Measures,
  state: CustomerState,
  event: JourneyEvent,
  weighed: Weighed,
  changes: Changes,
): Applied {
  state.seen?.add(keyOf(event));
  settle(measures, state, event.time, changes);
  state.firstAt = state.firstAt === null ? event.time : Math.min(state.firstAt, event.time);
  const journey = touchJourney(measures, state, event, changes);
  const measured = applyEvent(measures, state, event, journey, weighed, changes);
  const change = evaluateStage(measures.policy, state);
  if (change !== null) announceTrustChange(changes, state, change);
  return measured === null ? UNSCORED : { isRepeat: false, measured };
}

/**
 * Whether an event with this source and id was applied before; always false for a state that does
 * not remember events.
 */
export function isKnown(state: CustomerState, event: JourneyEvent): boolean {
  return state.seen?.has(keyOf(event)) ?? false;
}

/** Source and id cannot contain a line break, so no two events share a key. */
function keyOf(event: JourneyEvent): string {
  return `${event.source}\n${event.id}`;
}

function applyEvent(
  measures: Measures,
  state: CustomerState,
  event: JourneyEvent,
  journey: JourneyState | undefined,
  weighed: Weighed,
  changes: Changes,
): Measured | null {
  switch (event.type) {
    case 'touchstone.moment.recorded.v1':
      return applyMoment(measures, state, event, journey, weighed, changes);
    case 'touchstone.feedback.given.v1':
      return applyFeedback(measures, state, event, journey, weighed);
    case 'touchstone.promise.made.v1':
      makePromise(state, event, journey, changes);
      return null;
    case 'touchstone.promise.kept.v1':
      closePromise(state, event.data.promiseId, 'kept', event.time, changes);
      return null;
    case 'touchstone.promise.withdrawn.v1':
      closePromise(state, event.data.promiseId, 'withdrawn', event.time, changes);
      return null;
    case 'touchstone.complaint.raised.v1':
      raiseComplaint(measures, state, event, journey, changes);
      return null;
    case 'touchstone.complaint.answered.v1':
    case 'touchstone.complaint.followed-up.v1':
    case 'touchstone.complaint.resolved.v1':
      applyComplaintNews(state, event, changes);
      return null;
    case 'touchstone.recovery.made.v1':
      if (journey !== undefined && event.data.accepted) recover(state, journey, event.data.touchpoint);
      return null;
    case 'touchstone.purchase.made.v1':
      addTime(state.trust.purchases, event.time);
      return null;
    case 'touchstone.referral.made.v1':
      state.trust.delights++;
      return null;
    case 'touchstone.journey.completed.v1':
      if (journey !== undefined) endJourney(journey, 'completed', event.time, changes);
      return null;
    case 'touchstone.journey.abandoned.v1':
      if (journey !== undefined) endJourney(journey, 'abandoned', event.time, changes);
      return null;
    case 'touchstone.relationship.ended.v1':
      endRelationship(state, changes);
      return null;
  }
}

function applyMoment(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.moment.recorded.v1'>,
  journey: JourneyState | undefined,
  { definition, touchpoint, measured: weighed }: Weighed,
  changes: Changes,
): Measured {
  const { policy } = measures;
  const { data, time } = event;
  const measured = weighed!;
  if (journey !== undefined) {
    journey.moments++;
    if (data.outcome !== 'succeeded') journey.failures++;
    keepName(journey.touchpoints, data.touchpoint);
    keepName(journey.channels, data.channel);
    addScore(policy, journey, measured, time);
    if (data.outcome === 'succeeded') {
      recover(state, journey, data.touchpoint);
      if (definition?.completesOn?.includes(data.touchpoint)) endJourney(journey, 'completed', time, changes);
    } else if (data.outcome === 'failed' && touchpoint?.critical === true) {
      standFailure(state, journey, data.touchpoint, time);
      addIncident(policy, state, time);
    }
  }
  state.trust.moments++;
  if (journey === undefined) addTime(state.trust.momentsAlone, time);
  addToTrust(policy, state.trust, measured, time);
  return measured;
}

function applyFeedback(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.feedback.given.v1'>,
  journey: JourneyState | undefined,
  { measured }: Weighed,
): Measured | null {
  const { policy } = measures;
  const { data, time } = event;
  if (measured === null) {
    if ((data.score as number) >= 9) state.trust.delights++;
    return null;
  }
  if (journey !== undefined) addScore(policy, journey, measured, time);
  addToTrust(policy, state.trust, measured, time);
  return measured;
}

function endRelationship(state: CustomerState, changes: Changes): void {
  const { stage, since } = state.trust;
  const cleared = initialTrust();
  if (stage !== 'none') announceTrustChange(changes, state, move(state, 'none', 'relationship-ended'));
  Object.assign(state.trust, cleared, { since: stage === 'none' ? since : state.trust.since });
}
