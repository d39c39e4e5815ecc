import {
  type Announcement,
  brokenPromiseOf,
  CHANGES_STREAM,
  type Changes,
  customerOf,
  decodeEvent,
  type MeasurementRules,
  newChanges,
  noteRecorded,
  promiseKey,
  retriedPositionsOf,
  UnmeasurableEvent,
} from '@touchstone/journey';
import type { MomentRow, Rows } from '@touchstone/read-models';
import type { Forgotten, ProofChange } from '@touchstone/read-models/encoding';
import { announcementsOf } from './announcements-of.ts';
import { addRows } from './changed-rows.ts';
import { type Customers, type LoggedEvent, noteAnnouncement } from './customers.ts';
import { foldAnew } from './history-cuts.ts';
import { momentRow } from './moment-row.ts';
import { parkedRow, takenRow } from './parked-row.ts';
import type { Condemned } from './range-fault.ts';
import { retryParked } from './retry-parked.ts';
import { noneSaid, noTotals, saidOf, takeTotals } from './said-rows.ts';
import { noteShown, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** Receives rows as they are made. */
export type RowSink = { readonly [Name in keyof Rows]: { add(row: Rows[Name][number]): void } };

export interface FoldOptions {
  readonly measures: MeasurementRules;
  readonly customers: Customers;
  /**
   * Parked positions. The fold adds events that it could not take, and removes those that a retry
   * took.
   */
  readonly parked: Set<bigint>;
  readonly rows: RowSink;
  /** Events to park as soon as they come. */
  readonly condemned?: Condemned | undefined;
  /** Called before all rows of a customer are made again. */
  readonly onForgotten?: ((customerId: string) => void) | undefined;
}

export interface CustomerAnnouncement {
  readonly customerId: string;
  readonly announcement: Announcement;
}

/** Results of a range of the log, other than its rows. */
export interface Folded {
  /** Whether the range made no row. */
  readonly isEmpty: boolean;
  readonly announcements: readonly CustomerAnnouncement[];
  /**
   * Earliest instant at which the next deadline of a touched customer falls due that rows do not
   * show yet; null if there is none.
   */
  readonly nextDueAt: number | null;
  /**
   * Earliest instant of a deadline that rows show but nobody has announced; null if all are
   * announced.
   */
  readonly untoldAt: number | null;
  /** Positions that the range parked and that are still parked at its end. */
  readonly parked: readonly bigint[];
  /** Positions parked before the range that a retry in it took. */
  readonly retried: readonly bigint[];
  /** Change of the proof of the tables. */
  readonly proof: ProofChange;
  /** Customers whose rows were all made again in this range; their older rows are to be deleted. */
  readonly forgotten: readonly Forgotten[];
}

/** Folds the log, range by range, into the rows that it changes. */
export interface Fold {
  /** Applies the next events of the range; rows of moments are made at once. */
  take(events: readonly LoggedEvent[]): Promise<void>;
  /** Ends the range: makes the rows of every touched customer from their present state. */
  finish(): Folded;
}

/** A customer whom the range touches. */
export interface Touched {
  customer: TrackedCustomer;
  readonly changes: Changes;
  /**
   * After a retry every row of theirs is written, changed or not, so that each generation holds the
   * same.
   */
  isRewritten: boolean;
  /** Keys of promises whose breach the range announces as due. */
  readonly toldBroken: Set<string>;
}

/** Begins after the position `after`; the caller must pass every event from there on. */
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
  const totals = noTotals();

  /**
   * Loads, concurrently, the uncached customers whom these events touch first. Returns the customer
   * of each event, or null.
   */
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
    touched.set(customerId, { customer, changes: newChanges(), isRewritten: false, toldBroken: new Set() });
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
    // Folding the customer again without the event undoes its partial effect on the state.
    replaceCustomer(entry, await customers.load(customerId, position));
  }

  /** From here on the customer is as if the events that can be taken now had never been parked. */
  async function retry(
    customerId: string,
    entry: Touched,
    retrying: LoggedEvent,
    asked: ReadonlySet<bigint>,
  ): Promise<void> {
    const { position } = retrying;
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
      rows.parked.add(takenRow(moment, retrying));
      parked.delete(moment.position);
      newlyParked.delete(moment.position);
      retried.push(moment.position);
    }
    entry.changes.announcements.push(...announcements);
    if (customer !== null) replaceCustomer(entry, customer);
    if (moments.length + failed.size > 0) isEmpty = false;
  }

  /** From here on the customer is as if the events that have left the log had never come. */
  async function forget(customerId: string, entry: Touched, { position }: LoggedEvent): Promise<void> {
    const log = await customers.read(customerId, position);
    const { customer, moments, failed } = foldAnew(measures, customerId, log, condemned);
    options.onForgotten?.(customerId);
    // More may have left by now than the announcement says.
    forgotten.push({ customerId, leftBefore: log.published[0]?.position ?? position });
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
    // Called first, so that it also counts the changes that the announcement takes back.
    noteShown(measures, entry.customer);
    const noted = noteAnnouncement(entry.customer, stored);
    if (noted === null) return;
    if (noted.kind === 'due') {
      const promise = brokenPromiseOf(stored);
      if (promise !== null) entry.toldBroken.add(promiseKey(promise));
      return;
    }
    entry.isRewritten = true;
    if (noted.kind === 'cut') return forget(customerId, entry, stored);
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
        for (const announcement of announcementsOf(measures, entry)) announcements.push({ customerId, announcement });
        if (entry.customer.state.clock === null) continue;
        isEmpty = false;
        const row = addRows(measures, rows, entry, totals);
        nextDueAt = earlier(nextDueAt, row.nextDueAt);
        untoldAt = earlier(untoldAt, row.untoldAt);
      }
      const proof = takeTotals(totals);
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

/** Why the fold refused an event, and whether the event may have changed the state before. */
interface Refused {
  readonly error: unknown;
  readonly isBegun: boolean;
}

const NONE: Condemned = new Map();

/** Takes the event: returns its row, or why the fold refused it. */
function take(measures: MeasurementRules, entry: Touched, stored: LoggedEvent): MomentRow | Refused {
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
    // The fold measures an event before it changes the state, so an unmeasurable event left it
    // unchanged.
    return { error, isBegun: isBegun && !(error instanceof UnmeasurableEvent) };
  }
}

/**
 * Replaces the state by a new fold of the same customer, and keeps the record of the rows that may
 * be shown.
 */
function replaceCustomer(entry: Touched, customer: TrackedCustomer): void {
  const { shownChanges, keptChanges, said } = entry.customer;
  entry.customer = Object.assign(customer, { shownChanges, keptChanges, said });
}

export function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}
