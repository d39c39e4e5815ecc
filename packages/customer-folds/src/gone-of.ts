import type { GoneOf } from '@touchstone/event-store';
import { LRUCache } from 'lru-cache';
import { namedIn, type Streams } from './cut-customers.ts';
import { toldCut } from './told-cut.ts';

/** Customers for whom it is remembered up to where they were cut. */
const REMEMBERED = 100_000;
/** A further cut of the same customer is seen after this time. */
const REMEMBERED_MS = 30_000;
/** Streams read at once. */
const READ_AT_ONCE = 32;

/** Tells up to where customers' own events are gone, as the facts in the log say it. */
export function goneFrom(store: Streams, rememberedMs = REMEMBERED_MS): GoneOf {
  const known = new LRUCache<string, bigint>({ max: REMEMBERED, ttl: rememberedMs });
  return async (customers) => {
    const named = await namedIn(store);
    const cut = customers.filter((customerId) => named.has(customerId));
    const gone = new Map<string, bigint>();
    for (let from = 0; from < cut.length; from += READ_AT_ONCE) {
      const read = cut.slice(from, from + READ_AT_ONCE).map(async (customerId) => {
        const upTo = known.get(customerId) ?? (await toldCut(store, customerId))?.upTo ?? 0n;
        known.set(customerId, upTo, { noUpdateTTL: true });
        gone.set(customerId, upTo);
      });
      await Promise.all(read);
    }
    return gone;
  };
}
