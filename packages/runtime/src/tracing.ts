import type { FastifyInstance } from 'fastify';
import type { Logger } from './logger.ts';

/** Attributes of a span. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span over events of many traces. */
export interface PageSpan {
  /**
   * Runs a part of the work as a child span, started at `since` (ms since 1970) or now. Errors are
   * recorded and rethrown.
   */
  part<T>(name: string, work: () => Promise<T>, since?: number): Promise<T>;
  /** Ends the span; later calls have no effect. */
  end(error?: unknown): void;
}

/**
 * The port of tracing, implemented with OpenTelemetry; code that may trace takes a `Tracing |
 * undefined` and skips tracing without it. The event itself carries its trace between processes and
 * over time, in the CloudEvents extension `traceparent`.
 */
export interface Tracing {
  /**
   * Runs the work as a child of the active span, linked to the traces of `bodies` (events as JSON
   * texts). Errors are recorded and rethrown.
   */
  within<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>, bodies?: Iterable<string>): Promise<T>;
  /**
   * Starts a root span over a page of events, linked to the traces of the first {@link EVENTS_MAX}
   * traced ones, at `since` (ms since 1970) or now. Each of those traces also gets a span `<name>
   * event` of the same length, so that a trace of one event shows its way.
   */
  page(name: string, attributes: SpanAttributes, bodies: Iterable<string>, since?: number): PageSpan;
  /**
   * The active span as the value of a `traceparent`; undefined if there is none or it is not
   * recorded.
   */
  traceparent(): string | undefined;
  /**
   * Creates a span for each request to `/v1`, as a child of the one in its header `traceparent`.
   * Call it before routes are added.
   */
  traceRequests(app: FastifyInstance): void;
  /** `trace_id` and `span_id` of the active span, for log lines; empty without a span. */
  logFields(): object;
  /** Sets the logger for export problems, as warnings; it also gets those that occurred before. */
  reportTo(logger: Logger): void;
  /** Sends the remaining spans, for a few seconds at most. */
  stop(): Promise<void>;
}

/** Maximum number of traced events per page. */
export const EVENTS_MAX = 32;

/**
 * Maximum age of an event whose trace is extended, in ms: its trace is over by then, so a rebuild,
 * which reads old events, adds no spans.
 */
export const TRACE_MS = 3_600_000;
