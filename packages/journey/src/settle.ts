import { announceEndedJourney, announceTrustChange, type Changes } from './changes.ts';
import { complaintDeadline } from './complaint-deadlines.ts';
import {
  COMPLAINT_OPEN,
  type Deadline,
  isEarlier,
  JOURNEY_ABANDONED,
  PROMISE_DUE,
  removeFirst,
  replaceFirst,
  STAGE_IDLE,
} from './deadlines.ts';
import { withdrawExpected } from './expected-touchpoints.ts';
import { daysMs } from './instant.ts';
import { breakPromise } from './promises.ts';
import type { CustomerState, JourneyState, MeasurementRules } from './state.ts';
import { evaluateLosses, idleDeadline } from './trust.ts';

/**
 * Advances a customer to a time: applies every deadline strictly before `to` in order, then sets
 * the clock to `to` (unless it is later already). Settling in two steps equals settling in one.
 */
export function settle(measures: MeasurementRules, state: CustomerState, to: number, changes: Changes): void {
  while (settleNext(measures, state, to, changes) !== null);
}

/**
 * One step of {@link settle}: applies the first deadline before `to` and returns it; returns null
 * once there is none and the clock is set.
 */
export function settleNext(
  measures: MeasurementRules,
  state: CustomerState,
  to: number,
  changes: Changes,
): Deadline | null {
  const target = state.clock === null ? to : Math.max(state.clock, to);
  const deadline = earliestDeadline(measures, state, target);
  if (deadline === null) {
    state.clock = target;
    return null;
  }
  state.clock = Math.max(state.clock!, deadline.at);
  applyDeadline(measures, state, deadline, changes);
  const change = evaluateLosses(measures.policy, state);
  if (change !== null) announceTrustChange(changes, state, change);
  return deadline;
}

/** The journey of a deadline; null for one without a journey, or of the customer's stage. */
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

/** The next deadline that passes with time alone; null if there is none. */
export function nextDueAt(measures: MeasurementRules, state: CustomerState): number | null {
  return earliestDeadline(measures, state, Number.POSITIVE_INFINITY)?.at ?? null;
}

/** The time at which an open journey without further events is abandoned. */
export function abandonedAt(measures: MeasurementRules, journey: JourneyState): number {
  const days = measures.definitions.get(journey.type)?.abandonAfterDays ?? measures.policy.abandonAfterDays;
  return journey.lastAt + daysMs(days);
}

/** The first deadline, by time, kind and id, strictly before `before`; null if there is none. */
function earliestDeadline(measures: MeasurementRules, state: CustomerState, before: number): Deadline | null {
  const { policy } = measures;
  let first = firstAwaited(measures, state, before);
  if (state.trust.stage === 'affective') first = earlier(first, complaintDeadline(policy, state), before);
  const idle = idleDeadline(policy, state.trust);
  if (idle === null || idle >= before) return first;
  return earlier(first, { at: idle, kind: STAGE_IDLE, id: '' }, before);
}

function earlier(first: Deadline | null, other: Deadline | null, before: number): Deadline | null {
  if (other === null || other.at >= before) return first;
  return first === null || isEarlier(other, first) ? other : first;
}

/**
 * The first deadline of open promises and journeys. On the way it removes those that were closed
 * meanwhile, and re-inserts those that moved to a later time.
 */
function firstAwaited(measures: MeasurementRules, state: CustomerState, before: number): Deadline | null {
  const { deadlines } = state;
  for (;;) {
    const first = deadlines[0];
    if (first === undefined || first.at >= before) return null;
    const at = awaitedAt(measures, state, first);
    if (at === first.at) return first;
    if (at === null) removeFirst(deadlines);
    else replaceFirst(deadlines, { ...first, at });
  }
}

/**
 * The deadline's current time; null if it no longer applies, in which case it is no longer
 * registered.
 */
function awaitedAt(measures: MeasurementRules, state: CustomerState, { kind, id }: Deadline): number | null {
  if (kind === PROMISE_DUE) {
    const promise = state.promises.get(id)!;
    return promise.state === 'open' ? promise.dueAt : null;
  }
  const journey = state.journeys.get(id)!;
  journey.isAwaited = journey.status === 'open';
  return journey.isAwaited ? abandonedAt(measures, journey) : null;
}

function applyDeadline(measures: MeasurementRules, state: CustomerState, deadline: Deadline, changes: Changes): void {
  switch (deadline.kind) {
    case PROMISE_DUE:
      breakPromise(measures.policy, state, state.promises.get(deadline.id)!, changes);
      break;
    case JOURNEY_ABANDONED: {
      const journey = state.journeys.get(deadline.id)!;
      journey.status = 'abandoned';
      journey.endedAt = deadline.at;
      changes.journeys.add(journey.id);
      announceEndedJourney(changes, journey);
      withdrawExpected(state, journey, measures.definitions.get(journey.type), deadline.at, changes);
      break;
    }
    default:
      // The deadline of a complaint or of the stage changes nothing itself: the evaluation of
      // losses after it does.
      break;
  }
}
