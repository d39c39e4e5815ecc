import { announceEndedJourney, announceTrustChange, type Changes } from './changes.ts';
import { atLeast } from './comparisons.ts';
import { type Definition, touchpointOf } from './definitions.ts';
import type { EventOf, JourneyEvent } from './events.ts';
import { normalised } from './fields.ts';
import { parseInstant } from './instant.ts';
import { addScore } from './journey-score.ts';
import { type Measured, measureFeedback, measureMoment } from './moment-score.ts';
import { abandonedAt, settle } from './settle.ts';
import {
  type ComplaintState,
  type CustomerState,
  initialTrust,
  type JourneyState,
  type Measures,
  type PromiseState,
  UNKNOWN,
} from './state.ts';
import { addIncident, addToTrust, evaluateStage, insertTime, move } from './trust.ts';

export interface Applied {
  /** The event was known already: nothing happened. */
  readonly isRepeat: boolean;
  /** How the event was measured; null where there is nothing to score. */
  readonly measured: Measured | null;
}

const REPEAT: Applied = { isRepeat: true, measured: null };
const UNSCORED: Applied = { isRepeat: false, measured: null };

/**
 * Take the next event of the customer's log: settle to its time, apply it, evaluate the trust stage once. Changes the state in place
 * and notes in `changes` what it touched. Events go in log order, whatever their times.
 */
export function apply(measures: Measures, state: CustomerState, event: JourneyEvent, changes: Changes): Applied {
  if (isKnown(state, event)) return REPEAT;
  state.seen.add(keyOf(event));
  settle(measures, state, event.time, changes);
  state.firstAt = state.firstAt === null ? event.time : Math.min(state.firstAt, event.time);
  const journey = touchJourney(measures, state, event, changes);
  const measured = applyEvent(measures, state, event, journey, changes);
  const change = evaluateStage(measures.policy, state);
  if (change !== null) announceTrustChange(changes, state, change);
  return measured === null ? UNSCORED : { isRepeat: false, measured };
}

/** Whether this event, by its source and id, was applied before. */
export function isKnown(state: CustomerState, event: JourneyEvent): boolean {
  return state.seen.has(keyOf(event));
}

/** Neither part can hold a line break, so no two events share a key. */
function keyOf(event: JourneyEvent): string {
  return `${event.source}\n${event.id}`;
}

/** The journey that the event names: begun, or reopened if it was abandoned. */
function touchJourney(
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
    expectMore(measures, state, journey);
  } else {
    journey.lastAt = Math.max(journey.lastAt, event.time);
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

function applyEvent(
  measures: Measures,
  state: CustomerState,
  event: JourneyEvent,
  journey: JourneyState | undefined,
  changes: Changes,
): Measured | null {
  switch (event.type) {
    case 'touchstone.moment.recorded.v1':
      return applyMoment(measures, state, event, journey, changes);
    case 'touchstone.feedback.given.v1':
      return applyFeedback(measures, state, event, journey);
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
      insertTime(state.trust.purchases, event.time);
      return null;
    case 'touchstone.referral.made.v1':
      state.trust.delights++;
      return null;
    case 'touchstone.journey.completed.v1':
      if (journey !== undefined) endJourney(state, journey, 'completed', event.time, changes);
      return null;
    case 'touchstone.journey.abandoned.v1':
      if (journey !== undefined) endJourney(state, journey, 'abandoned', event.time, changes);
      return null;
    case 'touchstone.relationship.ended.v1':
      endRelationship(state, changes);
      return null;
  }
}

function definitionOf(measures: Measures, journey: JourneyState | undefined): Definition | undefined {
  return journey === undefined ? undefined : measures.definitions.get(journey.type);
}

function applyMoment(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.moment.recorded.v1'>,
  journey: JourneyState | undefined,
  changes: Changes,
): Measured {
  const { policy } = measures;
  const { data, time } = event;
  const definition = definitionOf(measures, journey);
  const touchpoint = touchpointOf(definition, data.touchpoint);
  const measured = measureMoment(policy, definition, touchpoint, data);
  if (journey !== undefined) {
    journey.moments++;
    if (data.outcome !== 'succeeded') journey.failures++;
    journey.touchpoints.add(data.touchpoint);
    journey.channels.add(data.channel);
    addScore(policy, journey, measured, time);
    if (data.outcome === 'succeeded') {
      recover(state, journey, data.touchpoint);
      if (definition?.completesOn?.includes(data.touchpoint)) endJourney(state, journey, 'completed', time, changes);
    } else if (data.outcome === 'failed' && touchpoint?.critical === true) {
      journey.standing.set(data.touchpoint, Math.max(journey.standing.get(data.touchpoint) ?? time, time));
      state.vetoed.add(journey.id);
      addIncident(policy, state, time, null);
    }
  }
  insertTime(state.trust.momentTimes, time);
  addToTrust(policy, state.trust, measured, time);
  return measured;
}

function applyFeedback(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.feedback.given.v1'>,
  journey: JourneyState | undefined,
): Measured | null {
  const { policy } = measures;
  const { data, time } = event;
  const definition = definitionOf(measures, journey);
  const measured = measureFeedback(policy, definition, touchpointOf(definition, data.touchpoint), data);
  if (measured === null) {
    if ((data.score as number) >= 9) state.trust.delights++;
    return null;
  }
  if (journey !== undefined) addScore(policy, journey, measured, time);
  addToTrust(policy, state.trust, measured, time);
  return measured;
}

/** Take the standing critical failure at a touchpoint away, or all of the journey's. */
function recover(state: CustomerState, journey: JourneyState, touchpoint: string | undefined): void {
  if (touchpoint === undefined) journey.standing.clear();
  else journey.standing.delete(touchpoint);
  if (journey.standing.size === 0) state.vetoed.delete(journey.id);
}

/** Completed stays completed; abandoned was reopened by the event that comes here. */
function endJourney(
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

function makePromise(
  state: CustomerState,
  event: EventOf<'touchstone.promise.made.v1'>,
  journey: JourneyState | undefined,
  changes: Changes,
): void {
  const { promiseId, what, touchpoint } = event.data;
  if (state.promises.has(promiseId)) return;
  const dueAt = parseInstant(event.data.dueAt)!;
  const promise: PromiseState = {
    id: promiseId,
    journeyId: journey?.id ?? null,
    touchpoint: touchpoint ?? null,
    what: what ?? null,
    madeAt: event.time,
    dueAt,
    state: 'open',
    closedAt: null,
  };
  state.promises.set(promiseId, promise);
  changes.promises.add(promiseId);
  const early = state.earlyClosings.get(promiseId);
  state.earlyClosings.delete(promiseId);
  if (early !== undefined && early.at <= dueAt) {
    promise.state = early.kind;
    promise.closedAt = early.at;
  } else {
    state.openPromises.add(promiseId);
    state.dueFrom = Math.min(state.dueFrom, dueAt);
  }
}

function closePromise(
  state: CustomerState,
  promiseId: string,
  kind: 'kept' | 'withdrawn',
  at: number,
  changes: Changes,
): void {
  const promise = state.promises.get(promiseId);
  if (promise === undefined) {
    if (!state.earlyClosings.has(promiseId)) state.earlyClosings.set(promiseId, { kind, at });
    return;
  }
  if (promise.state === 'kept' || promise.state === 'withdrawn') return;
  changes.promises.add(promiseId);
  if (promise.journeyId !== null) changes.journeys.add(promise.journeyId);
  if (promise.state === 'open') {
    state.openPromises.delete(promiseId);
    promise.state = kind;
    promise.closedAt = at;
  } else if (at <= promise.dueAt) {
    takeBreachBack(state, promise);
    promise.state = kind;
    promise.closedAt = at;
  } else if (kind === 'kept' && promise.state === 'broken') {
    promise.state = 'kept-late';
    promise.closedAt = at;
  }
}

/** The news was late, not the company. */
function takeBreachBack(state: CustomerState, promise: PromiseState): void {
  const index = state.trust.incidents.findIndex((incident) => incident.promiseId === promise.id);
  if (index >= 0) state.trust.incidents.splice(index, 1);
  if (promise.journeyId !== null) state.journeys.get(promise.journeyId)!.brokenPromises--;
}

function raiseComplaint(
  measures: Measures,
  state: CustomerState,
  event: EventOf<'touchstone.complaint.raised.v1'>,
  journey: JourneyState | undefined,
  changes: Changes,
): void {
  const { complaintId, touchpoint, channel, severity } = event.data;
  if (state.complaints.has(complaintId)) return;
  const early = state.earlyComplaintNews.get(complaintId);
  state.earlyComplaintNews.delete(complaintId);
  const complaint: ComplaintState = {
    id: complaintId,
    journeyId: journey?.id ?? null,
    touchpoint: touchpoint ?? null,
    channel: channel ?? null,
    severity: severity ?? null,
    raisedAt: event.time,
    answeredAt: early?.answeredAt ?? null,
    followedUpAt: early?.followedUpAt ?? null,
    resolvedAt: null,
    firstContact: null,
    satisfaction: null,
  };
  state.complaints.set(complaintId, complaint);
  state.openComplaints.add(complaintId);
  if (journey !== undefined) journey.openComplaints++;
  addIncident(measures.policy, state, event.time, null);
  state.dueFrom = UNKNOWN;
  changes.complaints.add(complaintId);
  if (early?.resolution != null) resolveComplaint(state, complaint, early.resolution, changes);
}

function applyComplaintNews(
  state: CustomerState,
  event:
    | EventOf<'touchstone.complaint.answered.v1'>
    | EventOf<'touchstone.complaint.followed-up.v1'>
    | EventOf<'touchstone.complaint.resolved.v1'>,
  changes: Changes,
): void {
  const { complaintId } = event.data;
  const complaint = state.complaints.get(complaintId);
  const news = complaint ?? earlyNewsOf(state, complaintId);
  if (complaint !== undefined) changes.complaints.add(complaintId);
  switch (event.type) {
    case 'touchstone.complaint.answered.v1':
      news.answeredAt ??= event.time;
      break;
    case 'touchstone.complaint.followed-up.v1':
      news.followedUpAt ??= event.time;
      break;
    case 'touchstone.complaint.resolved.v1': {
      const { satisfaction, firstContact } = event.data;
      const resolution = {
        at: event.time,
        satisfaction: satisfaction === undefined ? null : normalised(satisfaction),
        firstContact: firstContact ?? null,
      };
      if (complaint === undefined) earlyNewsOf(state, complaintId).resolution ??= resolution;
      else if (complaint.resolvedAt === null) resolveComplaint(state, complaint, resolution, changes);
      break;
    }
  }
}

function earlyNewsOf(state: CustomerState, complaintId: string) {
  let news = state.earlyComplaintNews.get(complaintId);
  if (news === undefined) {
    news = { answeredAt: null, followedUpAt: null, resolution: null };
    state.earlyComplaintNews.set(complaintId, news);
  }
  return news;
}

/** A resolution with at least this satisfaction recovers the critical failure that the complaint named. */
const RECOVERING_SATISFACTION = 4;

function resolveComplaint(
  state: CustomerState,
  complaint: ComplaintState,
  resolution: { readonly at: number; readonly satisfaction: number | null; readonly firstContact: boolean | null },
  changes: Changes,
): void {
  complaint.resolvedAt = resolution.at;
  complaint.satisfaction = resolution.satisfaction;
  complaint.firstContact = resolution.firstContact;
  state.openComplaints.delete(complaint.id);
  if (complaint.journeyId === null) return;
  const journey = state.journeys.get(complaint.journeyId)!;
  journey.openComplaints--;
  changes.journeys.add(journey.id);
  const satisfied = resolution.satisfaction !== null && atLeast(resolution.satisfaction, RECOVERING_SATISFACTION);
  if (satisfied && complaint.touchpoint !== null) recover(state, journey, complaint.touchpoint);
}

function endRelationship(state: CustomerState, changes: Changes): void {
  const { stage, since } = state.trust;
  const cleared = initialTrust();
  if (stage !== 'none') announceTrustChange(changes, state, move(state, 'none', 'relationship-ended'));
  Object.assign(state.trust, cleared, { since: stage === 'none' ? since : state.trust.since });
}
