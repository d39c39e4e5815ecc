import type { StoredEvent } from '@touchstone/event-store';
import type { NamedPosition } from '@touchstone/event-store/copy';
import { CHANGES_STREAM, customerOf, customerStream, historyCutOf, withCutUpTo } from '@touchstone/journey';

/**
 * For a copy of the log: up to which position a fact says a customer's own events to be gone. Null
 * for any other event.
 */
export function cutNamedIn(event: StoredEvent): NamedPosition | null {
  if (!event.stream.startsWith(CHANGES_STREAM)) return null;
  const cut = historyCutOf(event);
  if (cut === null) return null;
  const { stream, body } = event;
  return {
    stream: customerStream(customerOf(stream)!),
    upTo: cut.upTo,
    bodyWith: (upTo) => withCutUpTo(body, upTo),
  };
}
