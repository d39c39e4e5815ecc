import { type EventStore, isDamaged } from '@touchstone/event-store';

/** How long ago, in ms, the first event after `projected` was recorded; 0 if there is none. */
export async function readLag(store: EventStore, projected: bigint): Promise<number> {
  for await (const page of store.readAll({ after: projected, pageSize: 1 })) {
    const [first] = page;
    // The time of a damaged event is unknown; the next event is close enough.
    if (first !== undefined && !isDamaged(first)) return Math.max(0, Date.now() - first.recordedAt);
  }
  return 0;
}
