import { type EventBus, isMark, LOG_TOPIC, type OutgoingMessage } from '@touchstone/event-bus';
import { TRACE_MS, type Tracing } from '@touchstone/runtime';

/**
 * Wraps the bus: one span for each relayed batch of the log, and one in the trace of each event.
 */
export function tracedBus(bus: EventBus, tracing: Tracing | undefined): EventBus {
  if (tracing === undefined) return bus;
  return {
    ...bus,
    async produce(topic, messages) {
      const events = messages.filter((message) => !isMark(message));
      if (topic !== LOG_TOPIC || events.length === 0) return bus.produce(topic, messages);
      const page = tracing.page(
        'relay',
        { events: events.length, 'messaging.destination.name': topic },
        values(events),
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
