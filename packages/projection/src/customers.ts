import type { EventStore } from '@touchstone/event-store';
import type { PackableEvent } from '@touchstone/event-store/packed-events';
import {
  changesStream,
  correctedToOf,
  customerStream,
  decodeEvent,
  dueInstantOf,
  historyCutOf,
  isRowsRewritten,
  type JourneyEvent,
  type MeasurementRules,
  newChanges,
  noteAnnounced,
  noteRecorded,
  retriedPositionsOf,
  standingCut,
  UnmeasurableEvent,
} from '@touchstone/journey';
import { LRUCache } from 'lru-cache';
import { newlyTracked, noteShown, noteVersion, type TrackedCustomer, takeEvent } from './tracked-customer.ts';

/** Reads the streams of customers that are not cached, page by page. */
export type Streams = {
  streamPages(...of: Parameters<EventStore['streamPages']>): AsyncIterable<readonly LoggedEvent[]>;
};

/** The part of a stored event that the fold needs. */
export type LoggedEvent = PackableEvent;

/** All events and announcements that the log holds about a customer, up to a position. */
export interface CustomerLog {
  readonly published: readonly LoggedEvent[];
  readonly announced: readonly LoggedEvent[];
}

export interface Customers {
  /** The customer's state, if it is known without reading the log. */
  atHand(customerId: string): TrackedCustomer | undefined;
  /** The customer's state, folded from the log up to `upTo`. */
  load(customerId: string, upTo: bigint): Promise<TrackedCustomer>;
  read(customerId: string, upTo: bigint): Promise<CustomerLog>;
  /** Caches the customer, with their size after the events they took. */
  remember(customerId: string, customer: TrackedCustomer): void;
}

export interface CustomersOptions {
  readonly streams: Streams;
  readonly measures: MeasurementRules;
  /** Positions of parked events, which are no part of any state. */
  readonly parked: ReadonlySet<bigint>;
  /** Whether the fold will meet every event of the log. */
  readonly fromBeginning?: boolean;
  readonly customersMax?: number | undefined;
  /**
   * Average number of events per cached customer. It bounds the cache's memory, at a few hundred
   * bytes each.
   */
  readonly eventsPerCustomer?: number | undefined;
}

/** LRU cache of customer states; an evicted customer is loaded from the log again. */
export function createCustomers(options: CustomersOptions): Customers {
  const { streams, measures, parked, customersMax = 30_000, eventsPerCustomer = 20 } = options;
  // While a fold from the beginning has evicted nobody, an uncached customer is new and need not be
  // looked up in the log.
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
    // lru-cache drops an entry larger than the cache without an eviction; note here that the cache
    // is incomplete.
    if (size > eventsMax) knowsAll = false;
    atHand.set(customerId, customer, { size });
  }

  async function all(stream: string, upTo: bigint): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    for await (const page of streams.streamPages(stream, { upTo })) for (const event of page) events.push(event);
    return events;
  }

  async function read(customerId: string, upTo: bigint): Promise<CustomerLog> {
    const published = await all(customerStream(customerId), upTo);
    const announced = published.length === 0 ? [] : await all(changesStream(customerId), upTo);
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
 * An event that is not parked but cannot be taken was accepted by an earlier version; it is left
 * out here, and a rebuild parks it. The fold starts again only if it failed in the middle of an
 * event.
 */
function foldReadable(
  measures: MeasurementRules,
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

/** The decoded event; null if it cannot be decoded. */
export function readable(stored: LoggedEvent): JourneyEvent | null {
  try {
    return decodeEvent(stored);
  } catch {
    return null;
  }
}

/**
 * Folds a log into a customer and passes each published event to `take`. The tables are taken to
 * show the final state.
 */
export function foldLog(
  measures: MeasurementRules,
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

/** The meaning of an announcement of the log for the customer's rows. */
export type Noted =
  /** Time is known to have advanced, nothing else. */
  | { readonly kind: 'due' }
  /** Time is known to be earlier than was announced. */
  | { readonly kind: 'corrected' }
  /** The customer's rows are to be written again. */
  | { readonly kind: 'rewritten' }
  /** Some of the customer's own events have left the log. */
  | { readonly kind: 'cut' }
  /** Events at these positions are to be retried. */
  | { readonly kind: 'retry'; readonly positions: readonly bigint[] };

/**
 * Applies an announcement of the log to the customer; null if it changes nothing about the rows.
 */
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
  if (historyCutOf(stored) !== null) return { kind: 'cut' };
  const positions = retriedPositionsOf(stored);
  return positions === null ? null : { kind: 'retry', positions };
}
