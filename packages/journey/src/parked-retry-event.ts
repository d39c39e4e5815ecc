import { type ChangeEvent, changeEvent } from './announcement-event.ts';

const TYPE = 'touchstone.change.parked-retried.v1';

/**
 * A request to retry parked events of a customer: from here on in the log, those that can be
 * applied are. It carries the time of the request and the log positions as decimal text.
 */
export type ParkedRetryEvent = ChangeEvent<{ readonly positions: readonly string[] }>;

/**
 * Encodes the request as a CloudEvent. `id` must be new, because a second request is a second
 * event; `at` in ms.
 */
export function parkedRetryEvent(
  customerId: string,
  positions: readonly bigint[],
  { id, at }: { readonly id: string; readonly at: number },
): ParkedRetryEvent {
  return changeEvent(customerId, TYPE, { id: `parked-retried/${id}`, at, data: { positions: positions.map(String) } });
}

/** The positions of a {@link parkedRetryEvent}; null for any other event, and for a damaged one. */
export function retriedPositionsOf({ body }: { readonly body: string }): readonly bigint[] | null {
  // A text search is cheaper than parsing each body, and most announcements are of another type.
  if (!body.includes(TYPE)) return null;
  try {
    const { type, data } = JSON.parse(body) as ParkedRetryEvent;
    return type === TYPE ? data.positions.map(BigInt) : null;
  } catch {
    return null;
  }
}
