import { type EventStore, eventsOfPages } from '@touchstone/event-store';
import { type HistoryCut, standingCut } from '@touchstone/journey';

/** What the log says, up to a position, of what is missing of a customer's history; null where nothing is. Whoever folds the customer begins behind it. */
export async function toldCut(
  store: Pick<EventStore, 'streamPages'>,
  customerId: string,
  upTo?: bigint | undefined,
): Promise<HistoryCut | null> {
  return standingCut(await eventsOfPages(store.streamPages(`changes-${customerId}`, { upTo })));
}
