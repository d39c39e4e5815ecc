import type { AppendOutcome, AppendResult, EventStore, EventToAppend } from '@touchstone/event-store';
import { Mutex } from 'async-mutex';
import { LRUCache } from 'lru-cache';
import { addCounted, type Counted, type CustomerCounts, countedOf, noCounts } from './customer-counts.ts';
import type { Refusal } from './decide-event.ts';

/**
 * Upper limits per customer; null: no limit. Events stored before stay, and are duplicates when
 * they are sent again.
 */
export interface CustomerLimits {
  readonly events: number | null;
  /** Promises ever made, whatever their outcome. */
  readonly promises: number | null;
  /** Moments and answers to surveys of one journey. */
  readonly moments: number | null;
}

/**
 * Appends events within the limits. `refusals`: why an event with the outcome `full` was not
 * stored, by its index.
 */
export type LimitedAppend = (
  events: readonly EventToAppend[],
) => Promise<AppendResult & { readonly refusals?: ReadonlyMap<number, Refusal> | undefined }>;

/** LRU limit of the cached numbers of large customers, some 100 bytes each. */
const NUMBERS_KEPT = 500_000;

/**
 * Appends within the limits without counting small customers: the store refuses events for streams
 * longer than the least limit, and only such a stream is read, counted once, and counted on as it
 * grows. Several processes may exceed a limit by what another stored since the last look.
 */
export function limitedAppend(store: EventStore, limits: CustomerLimits): LimitedAppend {
  const least = Math.min(...Object.values(limits).map((limit: number | null) => limit ?? Number.POSITIVE_INFINITY));
  if (least === Number.POSITIVE_INFINITY) return (events) => store.append(events);
  const kept = new LRUCache<string, CustomerCounts>({
    maxSize: NUMBERS_KEPT,
    sizeCalculation: ({ moments }) => 1 + moments.size,
  });
  const inTurn = turnsByName();

  async function appendLong(stream: string, items: readonly Item[], found: Found): Promise<void> {
    const counts = kept.get(stream) ?? (await countOn(store, stream, noCounts()));
    for (let left = items; left.length > 0; ) left = await appendRound(store, limits, counts, left, found);
    // A new object, because the cache does not compute the size of a present one again.
    kept.set(stream, { ...counts });
  }

  return async (events) => {
    const found: Found = { outcomes: new Array(events.length), refusals: new Map(), position: 0n };
    const items = events.map((event, index): Item => ({ event, index }));
    const isShort = kept.size === 0 ? items : items.filter(({ event }) => !kept.has(event.stream));
    const long = isShort.length === items.length ? [] : items.filter(({ event }) => kept.has(event.stream));
    if (isShort.length > 0 || items.length === 0) {
      const { outcomes, position } = await store.append(
        isShort.map(({ event }) => event),
        { streamMax: least },
      );
      note(found, position);
      isShort.forEach((item, at) => {
        if (outcomes[at] === 'full') long.push(item);
        else found.outcomes[item.index] = outcomes[at]!;
      });
    }
    if (long.length > 0) {
      await Promise.all(
        Array.from(byStream(long), ([stream, own]) => inTurn(stream, () => appendLong(stream, own, found))),
      );
    }
    return found;
  };
}

interface Item {
  readonly event: EventToAppend;
  /** Index among the events of the call. */
  readonly index: number;
}

interface Found {
  readonly outcomes: AppendOutcome[];
  readonly refusals: Map<number, Refusal>;
  position: bigint;
}

function note(found: Found, position: bigint): void {
  if (position > found.position) found.position = position;
}

function byStream(items: readonly Item[]): ReadonlyMap<string, Item[]> {
  const streams = new Map<string, Item[]>();
  // In the order of the call, so that the earlier of two events gets the last place.
  for (const item of items.toSorted((a, b) => a.index - b.index)) {
    const own = streams.get(item.event.stream);
    if (own === undefined) streams.set(item.event.stream, [item]);
    else own.push(item);
  }
  return streams;
}

/**
 * Appends the events that have room, and offers the others too, so that the store can recognise
 * duplicates. Returns those to try again: the stream had grown meanwhile, or room was kept for a
 * duplicate.
 */
async function appendRound(
  store: EventStore,
  limits: CustomerLimits,
  counts: CustomerCounts,
  items: readonly Item[],
  found: Found,
): Promise<Item[]> {
  const offered = offer(limits, counts, items);
  const { outcomes, position } = await store.append(
    items.map(({ event }) => event),
    { streamMax: offered.map(({ streamMax }) => streamMax) },
  );
  note(found, position);
  const accepted: Counted[] = [];
  const refused: Item[] = [];
  const outrun: Item[] = [];
  let isRoomLeft = false;
  offered.forEach(({ item, counted, refusal }, at) => {
    const outcome = outcomes[at]!;
    found.outcomes[item.index] = outcome;
    if (outcome === 'accepted') accepted.push(counted);
    else if (outcome !== 'full') isRoomLeft ||= refusal === null;
    else if (refusal === null) outrun.push(item);
    else {
      found.refusals.set(item.index, refusal);
      refused.push(item);
    }
  });
  // If every event found the expected length, no event of another process can be among these.
  const isAlone = outrun.length === 0 && !isRoomLeft;
  const eventsBefore = counts.events;
  if (isAlone) for (const counted of accepted) addCounted(counts, counted);
  else if (outrun.length + accepted.length > 0) await countOn(store, items[0]!.event.stream, counts);
  if (outrun.length > 0 && !isRoomLeft && counts.events === eventsBefore) {
    await appendCounted(store, counts, outrun, found);
    return [];
  }
  const again = isRoomLeft ? [...outrun, ...refused].sort((a, b) => a.index - b.index) : outrun;
  for (const { index } of again) found.refusals.delete(index);
  return again;
}

/**
 * Appends without a length limit, for when the store counts more events than the stream holds
 * because other streams have the same hash.
 */
async function appendCounted(
  store: EventStore,
  counts: CustomerCounts,
  items: readonly Item[],
  found: Found,
): Promise<void> {
  const { outcomes, position } = await store.append(items.map(({ event }) => event));
  note(found, position);
  items.forEach(({ event, index }, at) => {
    found.outcomes[index] = outcomes[at]!;
    if (outcomes[at] === 'accepted') addCounted(counts, countedOf(event));
  });
}

interface Offered {
  readonly item: Item;
  readonly counted: Counted;
  /** Null if there is room for it, provided that everything before it is stored. */
  readonly refusal: Refusal | null;
  /** Longest stream to which the event may be appended; 0: do not store it. */
  readonly streamMax: number;
}

function offer(limits: CustomerLimits, counts: CustomerCounts, items: readonly Item[]): Offered[] {
  const would = { ...counts, moments: new Map<string, number>() };
  const momentsOf = (journeyId: string) => would.moments.get(journeyId) ?? counts.moments.get(journeyId) ?? 0;
  return items.map((item) => {
    const counted = countedOf(item.event);
    const { momentOf } = counted;
    if (momentOf !== null) would.moments.set(momentOf, momentsOf(momentOf));
    const refusal = refusalOf(limits, would, counted);
    if (refusal === null) addCounted(would, counted);
    return { item, counted, refusal, streamMax: refusal === null ? would.events : 0 };
  });
}

function refusalOf(limits: CustomerLimits, counts: CustomerCounts, { isPromise, momentOf }: Counted): Refusal | null {
  if (isFull(limits.events, counts.events)) {
    return refusal('customer_full', 'subject', `the customer has ${counts.events} events, and may have no more`);
  }
  if (isPromise && isFull(limits.promises, counts.promises)) {
    return refusal(
      'customer_full',
      'subject',
      `the customer was made ${counts.promises} promises, and may have no more`,
    );
  }
  const moments = momentOf === null ? 0 : counts.moments.get(momentOf)!;
  if (momentOf === null || !isFull(limits.moments, moments)) return null;
  return refusal('journey_full', 'data.journeyId', `the journey has ${moments} moments, and may have no more`);
}

function refusal(code: 'customer_full' | 'journey_full', path: string, message: string): Refusal {
  return { code, errors: [{ path, message }] };
}

function isFull(limit: number | null, count: number): boolean {
  return limit !== null && count >= limit;
}

/** Adds the events that the stream holds beyond the counted ones. */
async function countOn(store: EventStore, stream: string, counts: CustomerCounts): Promise<CustomerCounts> {
  for await (const page of store.streamPages(stream, { skip: counts.events })) {
    for (const event of page) addCounted(counts, countedOf(event));
  }
  return counts;
}

/** A mutex per name: work of one name runs in order, different names run concurrently. */
function turnsByName(): (name: string, work: () => Promise<void>) => Promise<void> {
  const mutexes = new Map<string, Mutex>();
  return async (name, work) => {
    const mutex = mutexes.get(name) ?? new Mutex();
    mutexes.set(name, mutex);
    try {
      await mutex.runExclusive(work);
    } finally {
      if (!mutex.isLocked()) mutexes.delete(name);
    }
  };
}
