import type { EventStore, StoredEvent, StreamRange } from '@touchstone/event-store';
import { customerStream, type KnownTime, knowingTime, type MeasurementRules } from '@touchstone/journey';

/**
 * Read how far time is known to have advanced for a customer, as far as rows depend on it.
 * `announced` holds the announcements made about the customer.
 */
export async function readKnownTime(
  store: Pick<EventStore, 'streamPages'>,
  { settlesToRecording }: MeasurementRules,
  customerId: string,
  announced: readonly StoredEvent[],
  range: StreamRange = {},
): Promise<KnownTime> {
  const knowing = knowingTime(announced);
  if (settlesToRecording === true) {
    for await (const page of store.streamPages(customerStream(customerId), range)) {
      for (const stored of page) knowing.published(stored);
    }
  }
  return knowing.known();
}
