import {
  apply,
  type Changes,
  type CustomerState,
  copyState,
  initialState,
  type JourneyEvent,
  type KnownTime,
  type Measured,
  type Measures,
  newChanges,
  nextDueAt,
  noTime,
  settle,
  shownTo,
  stages,
} from '@touchstone/journey';
import type { SaidRows } from './said-rows.ts';

/** A customer as the projector follows them. */
export interface TrackedCustomer {
  state: CustomerState;
  /** Rows are settled to it. */
  readonly time: KnownTime;
  /** Position of the last event, due announcement or retry taken. */
  version: bigint;
  /** Events taken: what the size of the state goes by. */
  events: number;
  /** Changes of the trust stage that rows may show, at most. */
  shownChanges: number;
  /** Changes that rows show and that stay: those of the fold itself, which never runs ahead. */
  keptChanges: number;
  /** What their rows say; null until that is asked for. */
  said: SaidRows | null;
}

/** Takes the events of a log, whose store lets none in twice. */
export function newlyTracked(customerId: string): TrackedCustomer {
  const state = initialState(customerId, false);
  return { state, time: noTime(), version: 0n, events: 0, shownChanges: 0, keptChanges: 0, said: null };
}

/** What rows show: the state settled to what is known to be due. A copy only where something is; the fold itself never runs ahead. */
export interface Shown {
  readonly state: CustomerState;
  /** What settling the copy touched; null where nothing was due. */
  readonly settled: Changes | null;
  /** The earliest instant at which anything of it fell due that is not announced; null if all is. */
  readonly untoldAt: number | null;
}

export function shownState(measures: Measures, customer: TrackedCustomer): Shown {
  return settledState(measures, customer, shownTo(measures, customer.time));
}

/** Now is never before the customer's own clock, so deadlines that an event made overdue show at once. */
export function settledState(measures: Measures, { state, time }: TrackedCustomer, to: number): Shown {
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
 * Rows may have been written as the customer stands here, by a run that was killed and had ended a batch before what comes next. Time alone takes stages
 * away, one with each change, so that how many changes such rows show at most is known without settling.
 */
export function noteShown(measures: Measures, customer: TrackedCustomer): void {
  const { state, time } = customer;
  const losses = stages.indexOf(state.trust.stage);
  const isAhead = losses > 0 && isOverdue(state, nextDueAt(measures, state), shownTo(measures, time));
  const changes = state.history.length + (isAhead ? losses : 0);
  if (changes > customer.shownChanges) customer.shownChanges = changes;
}

/** Something in the log at this position is about the customer. Events may have been taken that come after it. */
export function noteVersion(customer: TrackedCustomer, version: bigint): void {
  if (version > customer.version) customer.version = version;
}

export function takeEvent(
  measures: Measures,
  customer: TrackedCustomer,
  event: JourneyEvent,
  version: bigint,
  changes: Changes,
): Measured | null {
  const { measured } = apply(measures, customer.state, event, changes);
  customer.version = version;
  customer.events++;
  return measured;
}
