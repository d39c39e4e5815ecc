import { type EventStore, eventsOfPages } from '@touchstone/event-store';
import { type HistoryCut, standingCut } from '@touchstone/journey';

/**
 * The part missing from a customer's history, as announced in the log up to a position; null if
 * nothing is missing. Folds of the customer begin after the cut.
 */
export async function toldCut(
  store: Pick<EventStore, 'streamPages'>,
  customerId: string,
  upTo?: bigint | undefined,
): Promise<HistoryCut | null> {
  return standingCut(await eventsOfPages(store.streamPages(`changes-${customerId}`, { upTo })));
}
