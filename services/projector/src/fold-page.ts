import type { StoredEvent } from '@touchstone/event-store';
import { type Announcement, type Changes, decodeEvent, type Measures, newChanges } from '@touchstone/journey';
import type { Batch, MomentRow, ParkedRow } from '@touchstone/read-models';
import { complaintRow, customerRow, journeyRow, promiseRow, trustChangeRow } from './customer-rows.ts';
import { CHANGES_STREAM, CUSTOMER_STREAM, type Customers, noteAnnouncement } from './customers.ts';
import { momentRow } from './moment-row.ts';
import { type Shown, shownState, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** What a page of the log makes: its rows, and what it made known. */
export interface FoldedPage {
  readonly batch: Batch;
  /** Nothing but the checkpoint would be written. */
  readonly isEmpty: boolean;
  readonly announcements: readonly { readonly customerId: string; readonly announcement: Announcement }[];
}

interface Touched {
  customer: TrackedCustomer;
  readonly changes: Changes;
  /** What the rows showed before the page, where that was ahead of the fold. */
  readonly shownBefore: Shown | null;
}

export interface FoldOptions {
  readonly measures: Measures;
  readonly customers: Customers;
  /** Positions set aside; a page adds to it what it could not take. */
  readonly parked: Set<bigint>;
}

/** Fold one page of the log, `(after, upTo]`, into the rows that it changes. */
export async function foldPage(
  options: FoldOptions,
  after: bigint,
  upTo: bigint,
  events: readonly StoredEvent[],
): Promise<FoldedPage> {
  const { measures, customers } = options;
  const touched = new Map<string, Touched>();
  const moments: MomentRow[] = [];
  const parked: ParkedRow[] = [];
  for (const stored of events) {
    const isPublished = stored.stream.startsWith(CUSTOMER_STREAM);
    if (!isPublished && !stored.stream.startsWith(CHANGES_STREAM)) continue;
    const customerId = stored.stream.slice((isPublished ? CUSTOMER_STREAM : CHANGES_STREAM).length);
    let entry = touched.get(customerId);
    if (entry === undefined) {
      // Most are at hand: awaiting those too would cost a turn of the event loop for each.
      const found = customers.at(customerId, after);
      const customer = found instanceof Promise ? await found : found;
      const isAhead = customer.announcedTo > (customer.state.clock ?? 0);
      entry = { customer, changes: newChanges(), shownBefore: isAhead ? shownState(measures, customer) : null };
      touched.set(customerId, entry);
      customers.remember(customerId, customer);
    }
    if (!isPublished) {
      noteAnnouncement(entry.customer, stored);
    } else if (!options.parked.has(stored.position)) {
      const taken = take(measures, entry, stored);
      if ('error' in taken) {
        parked.push(taken);
        options.parked.add(stored.position);
        // What it half did to the state is undone by folding anew without it.
        customers.forget(customerId);
        const { shownChanges } = entry.customer;
        entry.customer = Object.assign(await customers.at(customerId, stored.position), { shownChanges });
      } else {
        moments.push(taken);
      }
    }
  }
  const rows = rowsOf(measures, touched);
  for (const [customerId, { customer }] of touched) customers.remember(customerId, customer);
  const announcements = [...touched].flatMap(([customerId, { changes }]) =>
    changes.announcements.map((announcement) => ({ customerId, announcement })),
  );
  const isEmpty = moments.length + parked.length + rows.customers.length === 0;
  return { batch: { after, upTo, moments, parked, ...rows }, isEmpty, announcements };
}

/** The event's row; or, where the fold cannot take it, why. */
function take(measures: Measures, entry: Touched, stored: StoredEvent): MomentRow | ParkedRow {
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
function identityOf(stored: StoredEvent): Pick<ParkedRow, 'eventId' | 'source' | 'type'> {
  try {
    return { eventId: stored.id, source: stored.source, type: stored.type };
  } catch {
    return { eventId: '', source: '', type: '' };
  }
}

type Rows = Pick<Batch, 'journeys' | 'customers' | 'promises' | 'complaints' | 'trustChanges'>;

function rowsOf(measures: Measures, touched: ReadonlyMap<string, Touched>) {
  const rows = { journeys: [], customers: [], promises: [], complaints: [], trustChanges: [] } as {
    -readonly [Name in keyof Rows]: Rows[Name][number][];
  };
  for (const { customer, changes, shownBefore } of touched.values()) {
    const { version } = customer;
    if (customer.state.clock === null) continue;
    const shown = shownState(measures, customer);
    const { state } = shown;
    const all = [changes, shown.changes, ...(shownBefore === null ? [] : [shownBefore.changes])];
    rows.customers.push(customerRow(measures, state, customer.state.clock, version));
    for (const journey of found(state.journeys, union(all.map(({ journeys }) => journeys)))) {
      rows.journeys.push(journeyRow(measures, state, journey, version));
    }
    for (const promise of found(state.promises, union(all.map(({ promises }) => promises)))) {
      rows.promises.push(promiseRow(state, promise, version));
    }
    for (const complaint of found(state.complaints, changes.complaints)) {
      rows.complaints.push(complaintRow(state, complaint, version));
    }
    pushTrustChanges(rows.trustChanges, customer, shown, shownBefore);
  }
  return rows;
}

/** The history from where it may differ from what the rows showed; what is no longer in it is taken back. */
function pushTrustChanges(
  rows: Rows['trustChanges'][number][],
  customer: TrackedCustomer,
  shown: Shown,
  shownBefore: Shown | null,
): void {
  const { history, customerId } = shown.state;
  const { version, shownChanges } = customer;
  let ordinal = shownBefore === null ? Math.min(shownChanges, history.length) : 0;
  for (; ordinal < history.length; ordinal++) {
    rows.push(trustChangeRow(customerId, ordinal, history[ordinal]!, version));
  }
  for (; ordinal < shownChanges; ordinal++) {
    const gone = shownBefore!.state.history[ordinal]!;
    rows.push(trustChangeRow(customerId, ordinal, gone, version, true));
  }
  customer.shownChanges = history.length;
}

/** Those of the ids that exist: an event that was set aside may have named others. */
function* found<Value>(all: ReadonlyMap<string, Value>, ids: Iterable<string>): Generator<Value> {
  for (const id of ids) {
    const value = all.get(id);
    if (value !== undefined) yield value;
  }
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const filled = sets.filter(({ size }) => size > 0);
  return filled.length === 1 ? filled[0]! : new Set(filled.flatMap((set) => [...set]));
}
