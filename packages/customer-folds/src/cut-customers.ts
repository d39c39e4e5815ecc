import type { AppendResult, EventStore, EventToAppend } from '@touchstone/event-store';
import { customerOf, formatInstant } from '@touchstone/journey';

/** Where cuts are read from; with `cutOf` where others may cut streams at any time. */
export type Streams = Pick<EventStore, 'streamPages' | 'cutOf'>;

/** Names each customer whose cut the log tells, once: nobody looks for one where there is none. */
const CUTS_STREAM = 'history-cuts';
const TYPE = 'touchstone.history-cuts.customer-named.v1';
const SOURCE = 'urn:touchstone:history-cuts';

/**
 * Appends facts that histories of customers were cut, each for the stream of the customer's
 * changes. Customers are named first, so that a kill in between hides no cut.
 */
export async function tellCuts(
  store: Pick<EventStore, 'append'>,
  facts: readonly EventToAppend[],
): Promise<AppendResult> {
  await store.append(facts.map(({ stream }) => named(customerOf(stream)!)));
  return store.append(facts);
}

/** The customers named up to a position. */
interface Named {
  readonly customers: Set<string>;
  upTo: bigint;
  /** A damaged event may have named anybody. */
  isUnsure: boolean;
}

const known = new WeakMap<Streams, Named>();

/** The customers whose cuts the log tells now. Reads what was named since it was last asked. */
export async function namedIn(store: Streams): Promise<{ has(customerId: string): boolean }> {
  const already = known.get(store) ?? { customers: new Set(), upTo: 0n, isUnsure: false };
  known.set(store, already);
  // A log in a server may be restored from a backup under its readers, and is read as a whole.
  const after = store.cutOf === undefined ? already.upTo : 0n;
  for await (const page of store.streamPages(CUTS_STREAM, { after })) {
    for (const { id, position } of page) {
      already.customers.add(id);
      already.isUnsure ||= id === '';
      if (position > already.upTo) already.upTo = position;
    }
  }
  return { has: (customerId) => already.isUnsure || already.customers.has(customerId) };
}

/** Always of the same time: who is cut again is named already. */
function named(customerId: string): EventToAppend {
  const time = formatInstant(0);
  const event = { specversion: '1.0', id: customerId, source: SOURCE, type: TYPE, time, data: { customerId } };
  const { id, source, type } = event;
  return { stream: CUTS_STREAM, source, id, type, time: 0, body: JSON.stringify(event) };
}
