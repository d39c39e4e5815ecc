import {
  apply,
  type Changes,
  type CustomerState,
  copyState,
  initialState,
  type JourneyEvent,
  type Measured,
  type Measures,
  newChanges,
  nextDueAt,
  settle,
} from '@touchstone/journey';

/** A customer as the projector follows them. */
export interface TrackedCustomer {
  state: CustomerState;
  /** Time alone is known to have come this far (after the due announcements of the log); 0 without one. Rows are settled to it. */
  announcedTo: number;
  /** Position of the last event, due announcement or retry taken. */
  version: bigint;
  /** Events taken: what the size of the state goes by. */
  events: number;
  /** Changes of the trust stage that the rows show. */
  shownChanges: number;
}

/** Takes the events of a log, whose store lets none in twice. */
export function newlyTracked(customerId: string): TrackedCustomer {
  return { state: initialState(customerId, false), announcedTo: 0, version: 0n, events: 0, shownChanges: 0 };
}

/** What rows show: the state settled to what is known to be due. A copy only where something is; the fold itself never runs ahead. */
export interface Shown {
  readonly state: CustomerState;
  /** What settling the copy touched; null where nothing was due. */
  readonly settled: Changes | null;
}

export function shownState(measures: Measures, customer: TrackedCustomer): Shown {
  const { state, announcedTo } = customer;
  // Now is never before the customer's own clock, so deadlines that an event made overdue show at once.
  const dueAt = nextDueAt(measures, state);
  if (state.clock === null || dueAt === null || dueAt >= Math.max(state.clock, announcedTo))
    return { state, settled: null };
  const copy = copyState(state);
  const settled = newChanges();
  settle(measures, copy, announcedTo, settled);
  return { state: copy, settled };
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
