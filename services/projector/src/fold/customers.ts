import type { EventStore } from '@touchstone/event-store';
import type { PackableEvent } from '@touchstone/event-store/packed-events';
import {
  correctedToOf,
  decodeEvent,
  dueInstantOf,
  historyCutOf,
  isRowsRewritten,
  type JourneyEvent,
  type Measures,
  newChanges,
  noteAnnounced,
  noteRecorded,
  retriedPositionsOf,
  standingCut,
  UnmeasurableEvent,
} from '@touchstone/journey';
import { LRUCache } from 'lru-cache';
import { newlyTracked, noteShown, noteVersion, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

export const CUSTOMER_STREAM = 'customer-';
export const CHANGES_STREAM = 'changes-';

/** Whose stream it is; null for one that is nobody's. */
export function customerOf(stream: string): string | null {
  if (stream.startsWith(CUSTOMER_STREAM)) return stream.slice(CUSTOMER_STREAM.length);
  return stream.startsWith(CHANGES_STREAM) ? stream.slice(CHANGES_STREAM.length) : null;
}

/** Where a customer who is not at hand is read from, page by page. */
export type Streams = {
  streamPages(...of: Parameters<EventStore['streamPages']>): AsyncIterable<readonly LoggedEvent[]>;
};

/** What the fold needs of a stored event. */
export type LoggedEvent = PackableEvent;

/** All that the log holds about a customer, up to a position. */
export interface CustomerLog {
  readonly published: readonly LoggedEvent[];
  readonly announced: readonly LoggedEvent[];
}

export interface Customers {
  /** The customer as they stand, if that is known without asking the log. */
  atHand(customerId: string): TrackedCustomer | undefined;
  /** The customer as the log up to `upTo` makes them. */
  load(customerId: string, upTo: bigint): Promise<TrackedCustomer>;
  read(customerId: string, upTo: bigint): Promise<CustomerLog>;
  /** Take the customer's size anew after they took events. */
  remember(customerId: string, customer: TrackedCustomer): void;
}

export interface CustomersOptions {
  readonly streams: Streams;
  readonly measures: Measures;
  /** Positions of events that are set aside, and so no part of any state. */
  readonly parked: ReadonlySet<bigint>;
  /** Whether every event of the log will be met. */
  readonly fromBeginning?: boolean;
  readonly customersMax?: number | undefined;
  /** Events whose traces the states may hold for every customer of the room: what bounds memory, at a few hundred bytes each. */
  readonly eventsPerCustomer?: number | undefined;
}

/** Customer states at hand, the least recently used forgotten first; the log holds them all. */
export function createCustomers(options: CustomersOptions): Customers {
  const { streams, measures, parked, customersMax = 30_000, eventsPerCustomer = 20 } = options;
  // Who follows the log from its beginning and has forgotten nobody need not ask it about a new customer.
  let knowsAll = options.fromBeginning === true;
  const eventsMax = eventsPerCustomer * customersMax;
  const atHand = new LRUCache<string, TrackedCustomer>({
    max: customersMax,
    maxSize: eventsMax,
    dispose: (_customer, _id, reason) => {
      if (reason === 'evict') knowsAll = false;
    },
  });

  function remember(customerId: string, customer: TrackedCustomer): void {
    const size = customer.events + 4;
    // Whoever is larger than all room is not kept at all, and not counted as forgotten either.
    if (size > eventsMax) knowsAll = false;
    atHand.set(customerId, customer, { size });
  }

  async function all(stream: string, upTo: bigint): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for await (const page of streams.streamPages(stream, { upTo })) for (const event of page) events.push(event);
    return events;
  }

  async function read(customerId: string, upTo: bigint): Promise<CustomerLog> {
    const published = await all(CUSTOMER_STREAM + customerId, upTo);
    const announced = published.length === 0 ? [] : await all(CHANGES_STREAM + customerId, upTo);
    const cut = standingCut(announced);
    return { published: cut === null ? published : published.filter(({ position }) => position > cut.upTo), announced };
  }

  return {
    atHand: (customerId) => atHand.get(customerId) ?? (knowsAll ? newlyTracked(customerId) : undefined),
    read,
    load: async (customerId, upTo) => foldReadable(measures, customerId, await read(customerId, upTo), parked),
    remember,
  };
}

/**
 * What is not set aside and yet cannot be taken was taken by an earlier version, which knew no better. It is left out: nobody is held up by it, and a
 * rebuild sets it aside. The fold is begun anew only where it failed in the midst of an event.
 */
function foldReadable(
  measures: Measures,
  customerId: string,
  log: CustomerLog,
  parked: ReadonlySet<bigint>,
): TrackedCustomer {
  const leftOut = new Set<bigint>();
  for (;;) {
    let at: bigint | undefined;
    try {
      return foldLog(measures, customerId, log, (customer, stored) => {
        const { position } = stored;
        if (parked.has(position) || leftOut.has(position)) return;
        const event = readable(stored);
        if (event === null) return;
        at = position;
        try {
          takeEvent(measures, customer, event, position, newChanges());
        } catch (error) {
          if (!(error instanceof UnmeasurableEvent)) throw error;
        }
        at = undefined;
      });
    } catch (error) {
      if (at === undefined) throw error;
      leftOut.add(at);
    }
  }
}

/** The event; null where it cannot be read. */
export function readable(stored: LoggedEvent): JourneyEvent | null {
  try {
    return decodeEvent(stored);
  } catch {
    return null;
  }
}

/** The customer that a log makes, each of whose published events is given to `take`. Rows show them as they then stand. */
export function foldLog(
  measures: Measures,
  customerId: string,
  { published, announced }: CustomerLog,
  take: (customer: TrackedCustomer, stored: LoggedEvent) => void,
): TrackedCustomer {
  const customer = newlyTracked(customerId);
  let next = 0;
  for (const stored of published) {
    while (next < announced.length && announced[next]!.position < stored.position)
      noteAnnouncement(customer, announced[next++]!);
    take(customer, stored);
    noteRecorded(customer.time, stored);
  }
  while (next < announced.length) noteAnnouncement(customer, announced[next++]!);
  noteShown(measures, customer);
  customer.keptChanges = customer.state.history.length;
  return customer;
}

/** What an announcement of the log means for the customer's rows. */
export type Noted =
  /** Time alone is known to have come further. */
  | { readonly kind: 'due' }
  /** It is known to have come less far. */
  | { readonly kind: 'corrected' }
  /** Their rows are to be written once more. */
  | { readonly kind: 'rewritten' }
  /** Their own events up to a position have left the log. */
  | { readonly kind: 'cut'; readonly upTo: bigint }
  /** Events at these positions are to be tried again. */
  | { readonly kind: 'retry'; readonly positions: readonly bigint[] };

/** Take an announcement of the log into account; null for one that changes nothing about the rows. */
export function noteAnnouncement(customer: TrackedCustomer, stored: LoggedEvent): Noted | null {
  const noted = notedOf(stored);
  if (noted === null) return null;
  noteAnnounced(customer.time, stored);
  noteVersion(customer, stored.position);
  return noted;
}

function notedOf(stored: LoggedEvent): Noted | null {
  if (dueInstantOf(stored) !== null) return { kind: 'due' };
  if (correctedToOf(stored) !== null) return { kind: 'corrected' };
  if (isRowsRewritten(stored)) return { kind: 'rewritten' };
  const cut = historyCutOf(stored);
  if (cut !== null) return { kind: 'cut', upTo: cut.upTo };
  const positions = retriedPositionsOf(stored);
  return positions === null ? null : { kind: 'retry', positions };
}
