import { type EventBus, LOG_TOPIC, type OutgoingMessage } from '@touchstone/event-bus';
import type { Tracing } from '@touchstone/runtime';
import { TRACE_MS } from './traced-store.ts';

/** The bus, with a span for each batch of the log that is relayed, and one in the trace of each event. */
export function tracedBus(bus: EventBus, tracing: Tracing | undefined): EventBus {
  if (tracing === undefined) return bus;
  return {
    ...bus,
    async produce(topic, messages) {
      if (topic !== LOG_TOPIC || messages.length === 0) return bus.produce(topic, messages);
      const page = tracing.page(
        'relay',
        { events: messages.length, 'messaging.destination.name': topic },
        values(messages),
      );
      try {
        await page.part('produce', () => bus.produce(topic, messages));
        page.end();
      } catch (error) {
        page.end(error);
        throw error;
      }
    },
  };
}

function* values(messages: readonly OutgoingMessage[]): Generator<string> {
  const since = Date.now() - TRACE_MS;
  for (const { value, headers } of messages) {
    if (typeof value === 'string' && Number(headers['touchstone-recordedat']) > since) yield value;
  }
}
