import {
  type Announcement,
  type Changes,
  decodeEvent,
  type Measures,
  newChanges,
  retriedPositionsOf,
  stages,
  type TrustChange,
  UnmeasurableEvent,
} from '@touchstone/journey';
import type { MomentRow, Rows } from '@touchstone/read-models';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import { CHANGES_STREAM, type Customers, customerOf, type LoggedEvent, noteAnnouncement } from './customers.ts';
import { momentRow } from './moment-row.ts';
import { parkedRow, takenRow } from './parked-row.ts';
import type { Condemned } from './range-fault.ts';
import { retryParked } from './retry-parked.ts';
import { type Shown, shownState, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** Where rows go as they are made. */
export type RowSink = { readonly [Name in keyof Rows]: { add(row: Rows[Name][number]): void } };

export interface FoldOptions {
  readonly measures: Measures;
  readonly customers: Customers;
  /** Positions set aside; the fold adds to it what it could not take, and removes what a retry could. */
  readonly parked: Set<bigint>;
  readonly rows: RowSink;
  /** Set aside as they come. */
  readonly condemned?: Condemned | undefined;
}

export interface CustomerAnnouncement {
  readonly customerId: string;
  readonly announcement: Announcement;
}

/** What a range of the log brought about, beside its rows. */
export interface Folded {
  /** No row was made. */
  readonly isEmpty: boolean;
  readonly announcements: readonly CustomerAnnouncement[];
  /** The earliest instant at which anything falls due for a customer of the range; null if nothing will. */
  readonly nextDueAt: number | null;
  /** Positions that were set aside in the range, and still are at its end. */
  readonly parked: readonly bigint[];
  /** Positions that were set aside before, and that a retry of the range took. */
  readonly retried: readonly bigint[];
}

/** Folds the log, range by range, into the rows that it changes. */
export interface Fold {
  /** The next events of the range. Moments are made rows at once. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** End the range: everybody whom it touched is made rows, as they stand now. */
  finish(): Folded;
}

interface Touched {
  customer: TrackedCustomer;
  readonly changes: Changes;
  /** Moves of the trust stage that rows may show by now, where they may be ahead of the fold; null where they never were. */
  movesShown: number | null;
  /** There was a retry: every row of theirs is written, whether it changes or not, so that each generation has the same. */
  isRewritten: boolean;
}

/** Begins behind the position `after`; to be given every event from there on. */
export function createFold(options: FoldOptions, after: bigint): Fold {
  const { measures, customers, parked, rows, condemned = NONE } = options;
  let touched = new Map<string, Touched>();
  let rangeAfter = after;
  let last = after;
  let isEmpty = true;
  let newlyParked = new Set<bigint>();
  let retried: bigint[] = [];

  /** Everybody whom these events touch for the first time in the range, those not at hand loaded together. Answers whose each event is, if anybody's. */
  async function touchAll(events: readonly LoggedEvent[]): Promise<readonly (string | null)[]> {
    const missing = new Set<string>();
    const owners = events.map(({ stream }) => customerOf(stream));
    for (const customerId of owners) {
      if (customerId === null || touched.has(customerId) || missing.has(customerId)) continue;
      const customer = customers.atHand(customerId);
      if (customer === undefined) missing.add(customerId);
      else begin(customerId, customer);
    }
    await Promise.all(
      Array.from(missing, async (customerId) => begin(customerId, await customers.load(customerId, rangeAfter))),
    );
    return owners;
  }

  function begin(customerId: string, customer: TrackedCustomer): void {
    const entry = { customer, changes: newChanges(), movesShown: null, isRewritten: false };
    noteShown(entry);
    touched.set(customerId, entry);
    customers.remember(customerId, customer);
  }

  async function setAside(customerId: string, entry: Touched, stored: LoggedEvent, refused: Refused): Promise<void> {
    const { position } = stored;
    const { error } = refused;
    rows.parked.add(parkedRow(customerId, stored, error, position));
    parked.add(position);
    newlyParked.add(position);
    isEmpty = false;
    if (!refused.isBegun) return;
    // What it half did to the state is undone by folding anew without it.
    const { shownChanges } = entry.customer;
    entry.customer = Object.assign(await customers.load(customerId, position), { shownChanges });
  }

  /** From here on the customer is as if what can be taken now had never been set aside. */
  async function retry(
    customerId: string,
    entry: Touched,
    { position }: LoggedEvent,
    asked: ReadonlySet<bigint>,
  ): Promise<void> {
    const log = await customers.read(customerId, position);
    const why = condemned.get(position);
    if (why !== undefined) {
      for (const stored of log.published) {
        if (asked.has(stored.position)) rows.parked.add(parkedRow(customerId, stored, why, position));
      }
      isEmpty = false;
      return;
    }
    const { customer, moments, failed, announcements } = retryParked(measures, customerId, log, parked, asked);
    for (const [stored, error] of failed) rows.parked.add(parkedRow(customerId, stored, error, position));
    for (const moment of moments) {
      rows.moments.add(moment);
      rows.parked.add(takenRow(moment, position));
      parked.delete(moment.position);
      newlyParked.delete(moment.position);
      retried.push(moment.position);
    }
    entry.changes.announcements.push(...announcements);
    const { shownChanges } = entry.customer;
    if (customer !== null) entry.customer = Object.assign(customer, { shownChanges });
    if (moments.length + failed.size > 0) isEmpty = false;
  }

  async function takeAnnouncement(customerId: string, entry: Touched, stored: LoggedEvent): Promise<void> {
    // Rows of a run that ended before it may show what it takes back.
    noteShown(entry);
    const noted = noteAnnouncement(entry.customer, stored);
    if (noted === null || noted.kind === 'due') return;
    entry.movesShown = Math.max(entry.movesShown ?? 0, movesAtMost(entry.customer));
    entry.isRewritten = true;
    if (noted.kind === 'corrected') return;
    const asked = new Set(noted.positions.filter((position) => parked.has(position)));
    if (asked.size > 0) await retry(customerId, entry, stored, asked);
  }

  return {
    async take(events) {
      const owners = await touchAll(events);
      for (let i = 0; i < events.length; i++) {
        const stored = events[i]!;
        const customerId = owners[i]!;
        last = stored.position;
        if (customerId === null) continue;
        const entry = touched.get(customerId)!;
        if (stored.stream.startsWith(CHANGES_STREAM)) {
          if (condemned.has(stored.position) && retriedPositionsOf(stored) === null) continue;
          await takeAnnouncement(customerId, entry, stored);
        } else if (!parked.has(stored.position)) {
          noteShown(entry);
          const why = condemned.get(stored.position);
          const taken = why === undefined ? take(measures, entry, stored) : { error: why, isBegun: false };
          if ('error' in taken) {
            await setAside(customerId, entry, stored, taken);
          } else {
            rows.moments.add(taken);
            isEmpty = false;
          }
        }
      }
    },
    finish() {
      let nextDueAt: number | null = null;
      const announcements: CustomerAnnouncement[] = [];
      for (const [customerId, entry] of touched) {
        customers.remember(customerId, entry.customer);
        for (const announcement of entry.changes.announcements) announcements.push({ customerId, announcement });
        if (entry.customer.state.clock === null) continue;
        isEmpty = false;
        const due = addRows(measures, rows, entry);
        if (due !== null && (nextDueAt === null || due < nextDueAt)) nextDueAt = due;
      }
      const folded = { isEmpty, announcements, nextDueAt, parked: [...newlyParked], retried };
      touched = new Map();
      rangeAfter = last;
      isEmpty = true;
      newlyParked = new Set();
      retried = [];
      return folded;
    },
  };
}

/** Why an event is no part of the state, and whether it may have changed the state before that was known. */
interface Refused {
  readonly error: unknown;
  readonly isBegun: boolean;
}

const NONE: Condemned = new Map();

/** The event's row; or, where the fold cannot take it, why. */
function take(measures: Measures, entry: Touched, stored: LoggedEvent): MomentRow | Refused {
  const { customer, changes } = entry;
  const told = changes.announcements.length;
  let isBegun = false;
  try {
    const event = decodeEvent(stored);
    isBegun = true;
    const measured = takeEvent(measures, customer, event, stored.position, changes);
    return momentRow(event, stored, customer.state, measured);
  } catch (error) {
    changes.announcements.length = told;
    // What cannot be measured has changed nothing.
    return { error, isBegun: isBegun && !(error instanceof UnmeasurableEvent) };
  }
}

/**
 * A run that was killed may have ended a batch at this place, and its rows are there, ahead of the fold. Of journeys and promises they show nothing that the
 * range does not write itself; of moves of the stage they may show some that have to be taken back: the rows must not depend on where batches end.
 */
function noteShown(entry: Touched): void {
  const { customer } = entry;
  if (customer.announcedTo <= (customer.state.clock ?? 0)) return;
  entry.movesShown = Math.max(entry.movesShown ?? 0, movesAtMost(customer));
}

/** Time alone takes one stage after the other, and gives none. */
function movesAtMost({ state }: TrackedCustomer): number {
  return state.history.length + stages.indexOf(state.trust.stage);
}

/** Everything of the customer that the range may have changed; resolves to the instant at which something falls due next. */
function addRows(measures: Measures, rows: RowSink, entry: Touched): number | null {
  const { customer, movesShown } = entry;
  const { version } = customer;
  const shown = shownState(measures, customer);
  const { state } = shown;
  const changed = changedOf(entry, shown);
  const row = customerRow(measures, state, customer.state.clock!, version);
  rows.customers.add(row);
  for (const id of changed.journeys) {
    const journey = state.journeys.get(id);
    if (journey !== undefined) rows.journeys.add(journeyRow(measures, state, journey, version));
  }
  for (const id of changed.promises) {
    const promise = state.promises.get(id);
    if (promise !== undefined) rows.promises.add(promiseRow(state, promise, version));
  }
  for (const id of changed.complaints) {
    const complaint = state.complaints.get(id);
    if (complaint !== undefined) rows.complaints.add(complaintRow(state, complaint, version));
  }
  addTrustChanges(rows, customer, shown, movesShown);
  return row.nextDueAt;
}

type Changed = Readonly<Record<'complaints' | 'journeys' | 'promises', Iterable<string>>>;

/** Ids of which some may not exist: an event that was set aside may have named them. */
function changedOf({ changes, isRewritten }: Touched, { state, settled }: Shown): Changed {
  if (isRewritten) {
    const { journeys, promises, complaints } = state;
    return { journeys: journeys.keys(), promises: promises.keys(), complaints: complaints.keys() };
  }
  return {
    journeys: union(changes.journeys, settled?.journeys),
    promises: union(changes.promises, settled?.promises),
    complaints: changes.complaints,
  };
}

function union(one: ReadonlySet<string>, other: ReadonlySet<string> | undefined): ReadonlySet<string> {
  return other === undefined || other.size === 0 ? one : new Set([...one, ...other]);
}

/** The history from where it may differ from what rows show; what they may show beyond it is taken back. */
function addTrustChanges(
  rows: RowSink,
  customer: TrackedCustomer,
  { state: { history, customerId } }: Shown,
  movesShown: number | null,
): void {
  const { version, shownChanges } = customer;
  let ordinal = movesShown === null ? Math.min(shownChanges, history.length) : 0;
  for (; ordinal < history.length; ordinal++) {
    rows.trustChanges.add(trustChangeRow(customerId, ordinal, history[ordinal]!, version));
  }
  for (; ordinal < Math.max(shownChanges, movesShown ?? 0); ordinal++) {
    rows.trustChanges.add(trustChangeRow(customerId, ordinal, TAKEN_BACK, version, true));
  }
  customer.shownChanges = history.length;
}

/** Nobody reads what a row said that is no longer there. */
const TAKEN_BACK: TrustChange = { from: 'none', to: 'none', at: 0, because: 'idle', satisfaction: 0 };
