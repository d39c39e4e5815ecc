import { type Announcement, type Changes, decodeEvent, type Measures, newChanges } from '@touchstone/journey';
import type { MomentRow, ParkedRow, Rows } from '@touchstone/read-models';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import { CHANGES_STREAM, CUSTOMER_STREAM, type Customers, type LoggedEvent, noteAnnouncement } from './customers.ts';
import { momentRow } from './moment-row.ts';
import { type Shown, shownState, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** Where rows go as they are made. */
export type RowSink = { readonly [Name in keyof Rows]: { add(row: Rows[Name][number]): void } };

export interface FoldOptions {
  readonly measures: Measures;
  readonly customers: Customers;
  /** Positions set aside; the fold adds to it what it could not take. */
  readonly parked: Set<bigint>;
  readonly rows: RowSink;
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
  /** What the rows showed before the range, where that was ahead of the fold. */
  readonly shownBefore: Shown | null;
}

/** Begins behind the position `after`; to be given every event from there on. */
export function createFold(options: FoldOptions, after: bigint): Fold {
  const { measures, customers, parked, rows } = options;
  let touched = new Map<string, Touched>();
  let rangeAfter = after;
  let last = after;
  let isEmpty = true;

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
    const isAhead = customer.announcedTo > (customer.state.clock ?? 0);
    const entry = { customer, changes: newChanges(), shownBefore: isAhead ? shownState(measures, customer) : null };
    touched.set(customerId, entry);
    customers.remember(customerId, customer);
  }

  async function setAside(entry: Touched, row: ParkedRow): Promise<void> {
    rows.parked.add(row);
    parked.add(row.position);
    isEmpty = false;
    // What it half did to the state is undone by folding anew without it.
    const { shownChanges } = entry.customer;
    entry.customer = Object.assign(await customers.load(row.customerId, row.position), { shownChanges });
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
          noteAnnouncement(entry.customer, stored);
        } else if (!parked.has(stored.position)) {
          const taken = take(measures, entry, stored);
          if ('error' in taken) {
            await setAside(entry, taken);
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
      const folded = { isEmpty, announcements, nextDueAt };
      touched = new Map();
      rangeAfter = last;
      isEmpty = true;
      return folded;
    },
  };
}

/** Whose stream it is; null for one that is nobody's. */
function customerOf(stream: string): string | null {
  if (stream.startsWith(CUSTOMER_STREAM)) return stream.slice(CUSTOMER_STREAM.length);
  return stream.startsWith(CHANGES_STREAM) ? stream.slice(CHANGES_STREAM.length) : null;
}

/** The event's row; or, where the fold cannot take it, why. */
function take(measures: Measures, entry: Touched, stored: LoggedEvent): MomentRow | ParkedRow {
  const { customer, changes } = entry;
  try {
    const event = decodeEvent(stored);
    const measured = takeEvent(measures, customer, event, stored.position, changes);
    return momentRow(event, stored, customer.state, measured);
  } catch (error) {
    const { customerId } = customer.state;
    const message = error instanceof Error ? error.message : String(error);
    return { position: stored.position, customerId, ...identityOf(stored), error: message };
  }
}

/** Of a body that cannot even be parsed nothing can be said. */
function identityOf({ body }: LoggedEvent): Pick<ParkedRow, 'eventId' | 'source' | 'type'> {
  let named: unknown;
  try {
    named = JSON.parse(body);
  } catch {
    named = null;
  }
  const { id, source, type } = (named ?? {}) as {
    readonly id?: unknown;
    readonly source?: unknown;
    readonly type?: unknown;
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { eventId: text(id), source: text(source), type: text(type) };
}

/** Everything of the customer that the range may have changed; resolves to the instant at which something falls due next. */
function addRows(measures: Measures, rows: RowSink, { customer, changes, shownBefore }: Touched): number | null {
  const { version } = customer;
  const shown = shownState(measures, customer);
  const { state } = shown;
  const row = customerRow(measures, state, customer.state.clock!, version);
  rows.customers.add(row);
  for (const id of union(changes.journeys, shown.changes.journeys, shownBefore?.changes.journeys)) {
    const journey = state.journeys.get(id);
    if (journey !== undefined) rows.journeys.add(journeyRow(measures, state, journey, version));
  }
  for (const id of union(changes.promises, shown.changes.promises, shownBefore?.changes.promises)) {
    const promise = state.promises.get(id);
    if (promise !== undefined) rows.promises.add(promiseRow(state, promise, version));
  }
  for (const id of changes.complaints) {
    const complaint = state.complaints.get(id);
    if (complaint !== undefined) rows.complaints.add(complaintRow(state, complaint, version));
  }
  addTrustChanges(rows, customer, shown, shownBefore);
  return row.nextDueAt;
}

/** Ids of which some may not exist: an event that was set aside may have named them. */
function union(first: ReadonlySet<string>, second: ReadonlySet<string>, third?: ReadonlySet<string>) {
  if (second.size === 0 && (third === undefined || third.size === 0)) return first;
  return new Set([...first, ...second, ...(third ?? [])]);
}

/** The history from where it may differ from what the rows showed; what is no longer in it is taken back. */
function addTrustChanges(rows: RowSink, customer: TrackedCustomer, shown: Shown, shownBefore: Shown | null): void {
  const { history, customerId } = shown.state;
  const { version, shownChanges } = customer;
  let ordinal = shownBefore === null ? Math.min(shownChanges, history.length) : 0;
  for (; ordinal < history.length; ordinal++) {
    rows.trustChanges.add(trustChangeRow(customerId, ordinal, history[ordinal]!, version));
  }
  for (; ordinal < shownChanges; ordinal++) {
    const gone = shownBefore!.state.history[ordinal]!;
    rows.trustChanges.add(trustChangeRow(customerId, ordinal, gone, version, true));
  }
  customer.shownChanges = history.length;
}
