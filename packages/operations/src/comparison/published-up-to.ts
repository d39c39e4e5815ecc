import type { EventStore } from '@touchstone/event-store';
import { CUSTOMER_STREAM } from '@touchstone/journey';

/** Number of published events: exact while nothing is appended, otherwise bounds of it. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Counts the published events up to a position near the log's head: the store's count minus the
 * later ones, which are read.
 */
export async function publishedUpTo(store: EventStore, position: bigint): Promise<Bounds> {
  const from = await store.head();
  const { stored } = await store.counts();
  const to = await store.head();
  let [beyond, sinceCounted] = [0, 0];
  for await (const page of store.readAll({ after: position, upTo: to, streamPrefix: CUSTOMER_STREAM })) {
    for (const event of page) {
      if (event.position <= from) beyond++;
      else sinceCounted++;
    }
  }
  return { least: stored - beyond - sinceCounted, most: stored - beyond };
}
