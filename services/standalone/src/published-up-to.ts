import type { EventStore } from '@touchstone/event-store';

/** How many published events there are: one number while nothing is appended, else bounds of it. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Published events of the log up to a position near its head: what the store counts, without those beyond, which are read. */
export async function publishedUpTo(store: EventStore, position: bigint): Promise<Bounds> {
  const from = await store.head();
  const { stored } = await store.counts();
  const to = await store.head();
  let [beyond, sinceCounted] = [0, 0];
  for await (const page of store.readAll({ after: position, upTo: to, streamPrefix: 'customer-' })) {
    for (const event of page) {
      if (event.position <= from) beyond++;
      else sinceCounted++;
    }
  }
  return { least: stored - beyond - sinceCounted, most: stored - beyond };
}
