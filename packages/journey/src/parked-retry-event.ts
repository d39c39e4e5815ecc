import { type ChangeEvent, changeEvent } from './announcement-event.ts';

const TYPE = 'touchstone.change.parked-retried.v1';

/**
 * Somebody asked that events of a customer which were set aside be taken after all: from here on in the log, those that can be are. It says when that was
 * asked, and of which log positions, as decimal text.
 */
export type ParkedRetryEvent = ChangeEvent<{ readonly positions: readonly string[] }>;

/** As a CloudEvent. `id` must be new: asking a second time is a second event. `at` in ms. */
export function parkedRetryEvent(
  customerId: string,
  positions: readonly bigint[],
  { id, at }: { readonly id: string; readonly at: number },
): ParkedRetryEvent {
  return changeEvent(customerId, TYPE, { id: `parked-retried/${id}`, at, data: { positions: positions.map(String) } });
}

/** Where the event is a {@link parkedRetryEvent}: the positions that it asks for; else null, as for one that is damaged. */
export function retriedPositionsOf({ body }: { readonly body: string }): readonly bigint[] | null {
  // Cheaper than parsing each, and most announcements are others.
  if (!body.includes(TYPE)) return null;
  try {
    const { type, data } = JSON.parse(body) as ParkedRetryEvent;
    return type === TYPE ? data.positions.map(BigInt) : null;
  } catch {
    return null;
  }
}
