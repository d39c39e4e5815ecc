import {
  apply,
  type Changes,
  type CustomerState,
  copyState,
  initialState,
  type JourneyEvent,
  type KnownTime,
  type MeasurementRules,
  type MomentScore,
  newChanges,
  nextDueAt,
  noTime,
  settle,
  shownTo,
  stages,
} from '@touchstone/journey';
import type { SaidRows } from './said-rows.ts';

/** A customer's state as the projector keeps it. */
export interface TrackedCustomer {
  state: CustomerState;
  /** Known time up to which the rows are settled. */
  readonly time: KnownTime;
  /** Position of the last event, due announcement or retry taken. */
  version: bigint;
  /** Number of events taken, which estimates the size of the state. */
  events: number;
  /** Upper limit of the trust changes that rows may show. */
  shownChanges: number;
  /**
   * Trust changes that rows show and that are final: those of the fold itself, which never settles
   * ahead.
   */
  keptChanges: number;
  /** Proofs of the customer's rows; null until they are needed. */
  said: SaidRows | null;
}

/** A new customer without de-duplication state, because the store's log holds no event twice. */
export function newlyTracked(customerId: string): TrackedCustomer {
  const state = initialState(customerId, false);
  return { state, time: noTime(), version: 0n, events: 0, shownChanges: 0, keptChanges: 0, said: null };
}

/**
 * The state that rows show, settled up to the known time. It is a copy if settling changed
 * anything, because the fold itself never settles ahead.
 */
export interface Shown {
  readonly state: CustomerState;
  /** Changes made by settling the copy; null if nothing was due. */
  readonly settled: Changes | null;
  /** Earliest instant of a settled deadline that is not announced; null if all are. */
  readonly untoldAt: number | null;
}

export function shownState(measures: MeasurementRules, customer: TrackedCustomer): Shown {
  return settledState(measures, customer, shownTo(measures, customer.time));
}

/**
 * Settles at least to the customer's own clock, so that deadlines which an event made overdue show
 * at once.
 */
export function settledState(measures: MeasurementRules, { state, time }: TrackedCustomer, to: number): Shown {
  const dueAt = nextDueAt(measures, state);
  if (!isOverdue(state, dueAt, to)) return { state, settled: null, untoldAt: null };
  const copy = copyState(state);
  const settled = newChanges();
  let untoldAt: number | null = dueAt;
  if (dueAt < time.announcedTo) {
    settle(measures, copy, time.announcedTo, settled);
    untoldAt = nextDueAt(measures, copy);
  }
  if (!isOverdue(copy, untoldAt, to)) untoldAt = null;
  settle(measures, copy, to, settled);
  return { state: copy, settled, untoldAt };
}

function isOverdue({ clock }: CustomerState, dueAt: number | null, to: number): dueAt is number {
  return clock !== null && dueAt !== null && dueAt < Math.max(clock, to);
}

/**
 * A killed run may have ended a batch here and written rows of this state. Each stage lost by time
 * is one change, so the upper limit of the changes shown is known without settling.
 */
export function noteShown(measures: MeasurementRules, customer: TrackedCustomer): void {
  const { state, time } = customer;
  const losses = stages.indexOf(state.trust.stage);
  const isAhead = losses > 0 && isOverdue(state, nextDueAt(measures, state), shownTo(measures, time));
  const changes = state.history.length + (isAhead ? losses : 0);
  if (changes > customer.shownChanges) customer.shownChanges = changes;
}

/**
 * Records that the log has something about the customer at this position. Events beyond it may have
 * been taken already.
 */
export function noteVersion(customer: TrackedCustomer, version: bigint): void {
  if (version > customer.version) customer.version = version;
}

export function takeEvent(
  measures: MeasurementRules,
  customer: TrackedCustomer,
  event: JourneyEvent,
  version: bigint,
  changes: Changes,
): MomentScore | null {
  const { measured } = apply(measures, customer.state, event, changes);
  customer.version = version;
  customer.events++;
  return measured;
}
