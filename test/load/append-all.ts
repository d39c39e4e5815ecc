import type { EventStore, EventToAppend } from '@touchstone/event-store';

/** Events per append: one publisher's typical request. */
export const BATCH = 500;

/** Appends batch after batch. Rejects unless every event gets the expected outcome. */
export async function appendAll(
  store: EventStore,
  events: readonly EventToAppend[],
  expected = 'accepted',
): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    const { outcomes } = await store.append(events.slice(at, at + BATCH));
    if (outcomes.some((outcome) => outcome !== expected)) throw new Error(`Not all events were ${expected}.`);
  }
}
