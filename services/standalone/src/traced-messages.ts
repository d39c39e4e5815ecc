import type { IngressBatch } from '@touchstone/event-bus';

/** As W3C Trace Context has it; the zeros are no trace. */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A batch of Kafka in which each event carries the trace that its message was sent in, unless its publisher gave it one of its own: it is the event that leads
 * a trace on. Extensions are no part of what two events are compared by.
 */
export function withMessageTraces(batch: IngressBatch): IngressBatch {
  const values = batch.values.map((value, index) => {
    if (typeof value !== 'object' || value === null || 'traceparent' in value) return value;
    const trace = batch.traceOf(index);
    return trace === undefined || !TRACEPARENT.test(trace.traceparent) ? value : { ...value, ...trace };
  });
  return {
    ...batch,
    values,
    textOf: (index) => (values[index] === batch.values[index] ? batch.textOf(index) : undefined),
  };
}
