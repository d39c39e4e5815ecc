import { announceBrokenPromise, announceEndedJourney, announceTrustChange, type Changes } from './changes.ts';
import { daysMs } from './instant.ts';
import type { Policy } from './policy.ts';
import { type CustomerState, type JourneyState, type Measures, NEVER, UNKNOWN } from './state.ts';
import { addIncident, complaintDeadline, evaluateLosses, idleDeadline } from './trust.ts';

/** What falls due with time alone. The number is the order of kinds at one instant. */
const PROMISE_DUE = 0;
const COMPLAINT_OPEN = 1;
const JOURNEY_ABANDONED = 2;
const STAGE_IDLE = 3;

export interface Deadline {
  readonly at: number;
  readonly kind: number;
  readonly id: string;
}

/**
 * Bring a customer to a time: every deadline strictly before `to` is applied in order, then the clock stands at `to` (or stays, if it is
 * later already). Settling in two steps equals settling in one.
 */
export function settle(measures: Measures, state: CustomerState, to: number, changes: Changes): void {
  while (settleNext(measures, state, to, changes) !== null);
}

/** One step of {@link settle}: applies the first deadline before `to` and returns it; null once there is none, and the clock is there. */
export function settleNext(measures: Measures, state: CustomerState, to: number, changes: Changes): Deadline | null {
  const target = state.clock === null ? to : Math.max(state.clock, to);
  if (state.dueFrom < target) {
    const deadline = earliestDeadline(measures, state);
    state.dueFrom = deadline?.at ?? NEVER;
    if (deadline !== null && deadline.at < target) {
      state.clock = Math.max(state.clock!, deadline.at);
      applyDeadline(measures.policy, state, deadline, changes);
      const change = evaluateLosses(measures.policy, state);
      if (change !== null) announceTrustChange(changes, state, change);
      state.dueFrom = UNKNOWN;
      return deadline;
    }
  }
  state.clock = target;
  return null;
}

/** The journey that a deadline is about; null where it is about none, or the customer's stage. */
export function journeyOfDeadline(state: CustomerState, { kind, id }: Deadline): string | null {
  switch (kind) {
    case PROMISE_DUE:
      return state.promises.get(id)!.journeyId;
    case COMPLAINT_OPEN:
      return state.complaints.get(id)!.journeyId;
    case JOURNEY_ABANDONED:
      return id;
    default:
      return null;
  }
}

/** The next instant at which something falls due with time alone; null if nothing will. */
export function nextDueAt(measures: Measures, state: CustomerState): number | null {
  return earliestDeadline(measures, state)?.at ?? null;
}

/** When an open journey counts as abandoned, if nothing more happens in it. */
export function abandonedAt(measures: Measures, journey: JourneyState): number {
  const days = measures.definitions.get(journey.type)?.abandonAfterDays ?? measures.policy.abandonAfterDays;
  return journey.lastAt + daysMs(days);
}

/** The first in order of time, kind and id. */
function earliestDeadline(measures: Measures, state: CustomerState): Deadline | null {
  const { policy } = measures;
  let first: Deadline | null = null;
  for (const id of state.openPromises) first = earlier(first, state.promises.get(id)!.dueAt, PROMISE_DUE, id);
  if (state.trust.stage === 'affective') {
    for (const id of state.openComplaints) {
      const at = complaintDeadline(policy, state.trust, state.complaints.get(id)!.raisedAt);
      first = earlier(first, at, COMPLAINT_OPEN, id);
    }
  }
  for (const id of state.openJourneys) {
    first = earlier(first, abandonedAt(measures, state.journeys.get(id)!), JOURNEY_ABANDONED, id);
  }
  const idle = idleDeadline(policy, state.trust);
  return idle === null ? first : earlier(first, idle, STAGE_IDLE, '');
}

function earlier(first: Deadline | null, at: number, kind: number, id: string): Deadline {
  if (first === null || at < first.at) return { at, kind, id };
  if (at > first.at || kind > first.kind || (kind === first.kind && id >= first.id)) return first;
  return { at, kind, id };
}

function applyDeadline(policy: Policy, state: CustomerState, deadline: Deadline, changes: Changes): void {
  switch (deadline.kind) {
    case PROMISE_DUE: {
      const promise = state.promises.get(deadline.id)!;
      promise.state = 'broken';
      state.openPromises.delete(promise.id);
      addIncident(policy, state, promise.dueAt, promise.id);
      if (promise.journeyId !== null) {
        state.journeys.get(promise.journeyId)!.brokenPromises++;
        changes.journeys.add(promise.journeyId);
      }
      changes.promises.add(promise.id);
      announceBrokenPromise(changes, promise);
      break;
    }
    case JOURNEY_ABANDONED: {
      const journey = state.journeys.get(deadline.id)!;
      journey.status = 'abandoned';
      journey.endedAt = deadline.at;
      state.openJourneys.delete(journey.id);
      changes.journeys.add(journey.id);
      announceEndedJourney(changes, journey);
      break;
    }
    default:
      // A complaint's or the stage's deadline does nothing by itself: the losses evaluated after it do.
      break;
  }
}
