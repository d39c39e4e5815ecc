import type { EventStore, EventToAppend } from '@touchstone/event-store';
import type { Traced } from '@touchstone/ingest';
import type { Tracing } from '@touchstone/runtime';

/**
 * The store, with a span for each append, linked to the traces of its events. An event of a customer whose publisher sent no trace is stored with
 * the `traceparent` of the append: it is the event that leads the trace on, to the relay and to the rows. Extensions are no part of what two events are compared
 * by, so an event that is sent again, within another trace, is the duplicate that it was.
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

/** As in a CloudEvent; the end of its JSON text is where another extension fits. */
function withTrace(events: readonly EventToAppend[], traceparent: string | undefined): readonly EventToAppend[] {
  if (traceparent === undefined) return events;
  const extension = `,"traceparent":"${traceparent}"}`;
  return events.map((event) => {
    const { stream, body } = event;
    if (!stream.startsWith('customer-') || body.includes('"traceparent"') || body.length > LONGEST) return event;
    return { ...event, body: body.slice(0, body.lastIndexOf('}')) + extension };
  });
}

/** Beyond it an event is as large as any may be, and stays as it came. */
const LONGEST = 256 * 1024;

export function* bodiesOf(events: Iterable<{ readonly body: string }>): Generator<string> {
  for (const { body } of events) yield body;
}

/** What one batch is decided and stored in, as a span. */
export function tracedIngest(tracing: Tracing | undefined): Traced | undefined {
  return tracing && ((events, work) => tracing.within('ingest', { events }, work));
}
