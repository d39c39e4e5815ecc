import type { EventStore, EventToAppend } from '@touchstone/event-store';

/** Events per append: one publisher's typical request. */
export const BATCH = 500;

/** Appends batch after batch. Rejects unless every event gets the expected verdict. */
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
