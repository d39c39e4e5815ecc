import {
  type Announcement,
  type Changes,
  decodeEvent,
  type Measures,
  newChanges,
  noteRecorded,
  retriedPositionsOf,
  UnmeasurableEvent,
} from '@touchstone/journey';
import type { MomentRow, Rows } from '@touchstone/read-models';
import type { Forgotten, ProofChange } from '@touchstone/read-models/encoding';
import { addRows } from './changed-rows.ts';
import { CHANGES_STREAM, type Customers, customerOf, type LoggedEvent, noteAnnouncement } from './customers.ts';
import { foldAnew } from './history-cuts.ts';
import { momentRow } from './moment-row.ts';
import { parkedRow, takenRow } from './parked-row.ts';
import type { Condemned } from './range-fault.ts';
import { retryParked } from './retry-parked.ts';
import { newTally, noneSaid, saidOf, takeTally } from './said-rows.ts';
import { noteShown, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

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
  /** Told before all rows of a customer are made anew. */
  readonly onForgotten?: ((customerId: string) => void) | undefined;
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
  /** The earliest instant at which anything falls due for a customer of the range that rows do not show; null if nothing will. */
  readonly nextDueAt: number | null;
  /** The earliest instant at which anything fell due that rows show and that is not announced; null if all is. */
  readonly untoldAt: number | null;
  /** Positions that were set aside in the range, and still are at its end. */
  readonly parked: readonly bigint[];
  /** Positions that were set aside before, and that a retry of the range took. */
  readonly retried: readonly bigint[];
  /** What it changes about what rows say. */
  readonly proof: ProofChange;
  /** Customers whose rows are all of the range: those from before it are to go. */
  readonly forgotten: readonly Forgotten[];
}

/** Folds the log, range by range, into the rows that it changes. */
export interface Fold {
  /** The next events of the range. Moments are made rows at once. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** End the range: everybody whom it touched is made rows, as they stand now. */
  finish(): Folded;
}

/** A customer in a range. */
export interface Touched {
  customer: TrackedCustomer;
  readonly changes: Changes;
  /** There was a retry: every row of theirs is written, whether it changes or not, so that each generation has the same. */
  isRewritten: boolean;
}

/** Begins behind the position `after`; to be given every event from there on. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function createFold(options: FoldOptions, after: bigint): Fold {
  const { measures, customers, parked, rows, condemned = NONE } = options;
  let touched = new Map<string, Touched>();
  let rangeAfter = after;
  let last = after;
  let isEmpty = true;
  let newlyParked = new Set<bigint>();
  let retried: bigint[] = [];
  let forgotten: Forgotten[] = [];
  const tally = newTally();

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
    customer.said ??= saidOf(measures, customer);
    touched.set(customerId, { customer, changes: newChanges(), isRewritten: false });
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
    replaceCustomer(entry, await customers.load(customerId, position));
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
    if (customer !== null) replaceCustomer(entry, customer);
    if (moments.length + failed.size > 0) isEmpty = false;
  }

  /** From here on the customer is as if what has left the log had never come. */
  async function forget(customerId: string, entry: Touched, { position }: LoggedEvent, upTo: bigint): Promise<void> {
    const { customer, moments, failed } = foldAnew(
      measures,
      customerId,
      await customers.read(customerId, position),
      condemned,
    );
    options.onForgotten?.(customerId);
    forgotten.push({ customerId, upTo });
    for (const moment of moments) {
      rows.moments.add(moment);
      if (!parked.delete(moment.position)) continue;
      newlyParked.delete(moment.position);
      retried.push(moment.position);
    }
    for (const [stored, error] of failed) {
      rows.parked.add(parkedRow(customerId, stored, error, stored.position));
      if (parked.has(stored.position)) continue;
      parked.add(stored.position);
      newlyParked.add(stored.position);
    }
    entry.customer = Object.assign(customer, { said: noneSaid(), shownChanges: 0 });
    isEmpty = false;
  }

  async function takeAnnouncement(customerId: string, entry: Touched, stored: LoggedEvent): Promise<void> {
    // Of what it takes back, too.
    noteShown(measures, entry.customer);
    const noted = noteAnnouncement(entry.customer, stored);
    if (noted === null || noted.kind === 'due') return;
    entry.isRewritten = true;
    if (noted.kind === 'cut') return forget(customerId, entry, stored, noted.upTo);
    if (noted.kind !== 'retry') return;
    const asked = new Set(noted.positions.filter((position) => parked.has(position)));
    if (asked.size > 0) await retry(customerId, entry, stored, asked);
  }

  async function takePublished(customerId: string, entry: Touched, stored: LoggedEvent): Promise<void> {
    noteShown(measures, entry.customer);
    const why = condemned.get(stored.position);
    const taken = why === undefined ? take(measures, entry, stored) : { error: why, isBegun: false };
    if ('error' in taken) return setAside(customerId, entry, stored, taken);
    rows.moments.add(taken);
    isEmpty = false;
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
        } else {
          if (!parked.has(stored.position)) await takePublished(customerId, entry, stored);
          noteRecorded(entry.customer.time, stored);
        }
      }
    },
    finish() {
      let nextDueAt: number | null = null;
      let untoldAt: number | null = null;
      const announcements: CustomerAnnouncement[] = [];
      for (const [customerId, entry] of touched) {
        customers.remember(customerId, entry.customer);
        for (const announcement of entry.changes.announcements) announcements.push({ customerId, announcement });
        if (entry.customer.state.clock === null) continue;
        isEmpty = false;
        const row = addRows(measures, rows, entry, tally);
        nextDueAt = earlier(nextDueAt, row.nextDueAt);
        untoldAt = earlier(untoldAt, row.untoldAt);
      }
      const proof = takeTally(tally);
      const folded = {
        isEmpty,
        announcements,
        nextDueAt,
        untoldAt,
        parked: [...newlyParked],
        retried,
        proof,
        forgotten,
      };
      forgotten = [];
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

/** The same customer, folded anew. What rows may show of them stays so. */
function replaceCustomer(entry: Touched, customer: TrackedCustomer): void {
  const { shownChanges, keptChanges, said } = entry.customer;
  entry.customer = Object.assign(customer, { shownChanges, keptChanges, said });
}

export function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
