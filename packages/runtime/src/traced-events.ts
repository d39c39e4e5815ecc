import { type Attributes, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { parseTraceParent, TraceState } from '@opentelemetry/core';
import { EVENTS_MAX } from './tracing.ts';
import type { SpanIds } from './tracing-ids.ts';

/** An event that belongs to a recorded trace, and the attributes of its spans. */
export interface TracedEvent {
  readonly context: SpanContext;
  readonly attributes: Attributes;
}

/** Maximum number of events parsed to find a trace: the word may also occur in event data. */
const PARSED_MAX = 2 * EVENTS_MAX;

/**
 * The first {@link EVENTS_MAX} events (JSON texts) that carry a valid `traceparent` (the
 * CloudEvents extension for distributed tracing) of a recorded trace. Each other event costs a
 * search through its text.
 */
export function tracedEvents(bodies: Iterable<string>, ids: SpanIds): readonly TracedEvent[] {
  const found: TracedEvent[] = [];
  let parsed = 0;
  for (const body of bodies) {
    if (!body.includes('"traceparent"')) continue;
    const traced = tracedEvent(body, ids);
    if (traced !== undefined) found.push(traced);
    if (found.length === EVENTS_MAX || ++parsed === PARSED_MAX) break;
  }
  return found;
}

function tracedEvent(body: string, ids: SpanIds): TracedEvent | undefined {
  const event = eventIn(body);
  if (typeof event?.traceparent !== 'string') return undefined;
  const context = parseTraceParent(event.traceparent);
  if (context === null || (context.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  const { id, source, type, tracestate } = event;
  return {
    context: typeof tracestate === 'string' ? { ...context, traceState: new TraceState(tracestate) } : context,
    attributes: {
      'cloudevents.event_id': ids.shown(String(id)),
      'cloudevents.event_source': String(source),
      'cloudevents.event_type': String(type),
    },
  };
}

function eventIn(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
