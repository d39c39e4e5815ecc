import type { IngressBatch } from '@touchstone/event-bus';

/** Format of W3C Trace Context; all zeros mean no trace. */
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Gives each event of a Kafka batch the trace of its message, unless its publisher set one: the
 * event carries the trace onwards. Extensions are ignored when two events are compared.
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
