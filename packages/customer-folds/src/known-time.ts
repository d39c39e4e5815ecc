import type { EventStore, StoredEvent, StreamRange } from '@touchstone/event-store';
import { type KnownTime, knowingTime, type Measures } from '@touchstone/journey';

/** How far time is known to have come for a customer, of whom this was announced, as far as that matters to rows. */
export async function readKnownTime(
  store: Pick<EventStore, 'streamPages'>,
  { settlesToRecording }: Measures,
  customerId: string,
  announced: readonly StoredEvent[],
  range: StreamRange = {},
): Promise<KnownTime> {
  const knowing = knowingTime(announced);
  if (settlesToRecording === true) {
    for await (const page of store.streamPages(`customer-${customerId}`, range)) {
      for (const stored of page) knowing.published(stored);
    }
  }
  return knowing.known();
}
