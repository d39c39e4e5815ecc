import type { EventStore, EventToAppend } from '@touchstone/event-store';
import type { Traced } from '@touchstone/ingest';
import { CUSTOMER_STREAM } from '@touchstone/journey';
import type { Tracing } from '@touchstone/runtime';

/**
 * Wraps the store: one span for each append, linked to the traces of its events; an event that came
 * without a trace gets the `traceparent` of the append and carries it to the relay and the rows.
 * Extensions are ignored when two events are compared, so an event sent again within another trace
 * is still a duplicate.
 */
export function tracedStore(store: EventStore, tracing: Tracing | undefined): EventStore {
  if (tracing === undefined) return store;
  return {
    ...store,
    append: (events, options) =>
      tracing.within(
        'append',
        { events: events.length },
        () => store.append(withTrace(events, tracing.traceparent()), options),
        bodiesOf(events),
      ),
  };
}

/** Adds the extension at the end of the CloudEvent's JSON text. */
function withTrace(events: readonly EventToAppend[], traceparent: string | undefined): readonly EventToAppend[] {
  if (traceparent === undefined) return events;
  const extension = `,"traceparent":"${traceparent}"}`;
  return events.map((event) => {
    const { stream, body } = event;
    if (!stream.startsWith(CUSTOMER_STREAM) || body.includes('"traceparent"') || body.length > LONGEST) return event;
    return { ...event, body: body.slice(0, body.lastIndexOf('}')) + extension };
  });
}

/** An event beyond this length is as large as is allowed, and is stored unchanged. */
const LONGEST = 256 * 1024;

export function* bodiesOf(events: Iterable<{ readonly body: string }>): Generator<string> {
  for (const { body } of events) yield body;
}

/** A span for the work on one batch: deciding and storing it. */
export function tracedIngest(tracing: Tracing | undefined): Traced | undefined {
  return tracing && ((events, work) => tracing.within('ingest', { events }, work));
}
