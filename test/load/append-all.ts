import type { EventStore, EventToAppend } from '@touchstone/event-store';

/** Events of one append: what a publisher sends at once. */
export const BATCH = 500;

/** Batch after batch. Throws unless every event is answered as expected. */
export async function appendAll(
  store: EventStore,
  events: readonly EventToAppend[],
  expected = 'accepted',
): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    const { verdicts } = await store.append(events.slice(at, at + BATCH));
    if (verdicts.some((verdict) => verdict !== expected)) throw new Error(`Not all events were ${expected}.`);
  }
}
