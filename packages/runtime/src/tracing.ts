import type { FastifyInstance } from 'fastify';
import type { Logger } from './logger.ts';

/** What spans say beside their name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span over events of many traces. */
export interface PageSpan {
  /** Runs a part of the work, begun at `since` (ms since 1970) or now, as a span below it. Errors are recorded, and thrown on. */
  part<T>(name: string, work: () => Promise<T>, since?: number): Promise<T>;
  /** Once; what comes after changes nothing. */
  end(error?: unknown): void;
}

/**
 * Traces by OpenTelemetry. It is there only where spans are wanted: whoever may trace takes a `Tracing | undefined`, and does nothing without.
 *
 * What leads a trace from one process, or one moment, to the next is the event itself: its CloudEvents extension `traceparent`.
 */
export interface Tracing {
  /** Runs the work as a span below the active one. Errors are recorded, and thrown on. `bodies`: events as JSON texts that it is linked to. */
  within<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>, bodies?: Iterable<string>): Promise<T>;
  /**
   * A span of its own over a page of events, linked to their traces; and in the trace of each a span `<name> event` as long as the page, so that a
   * trace of one event shows its way. The first {@link EVENTS_MAX} that are traced count. It began at `since` (ms since 1970), or now.
   */
  page(name: string, attributes: SpanAttributes, bodies: Iterable<string>, since?: number): PageSpan;
  /** The active span as the value of a `traceparent`; undefined where there is none, or it is not recorded. */
  traceparent(): string | undefined;
  /** A span for each request to `/v1`, below the one that its header `traceparent` names. To be called before routes are added. */
  traceRequests(app: FastifyInstance): void;
  /** `trace_id` and `span_id` of the active span, for log lines; nothing where there is none. */
  logFields(): object;
  /** Where troubles with exporting are told, as warnings; also those of before. */
  reportTo(logger: Logger): void;
  /** Sends what is left, for a few seconds at most. */
  stop(): Promise<void>;
}

/** Traces of so many events are followed through one page. */
export const EVENTS_MAX = 32;

/** A trace is over by then: what reads the log from long ago, as a rebuild does, adds nothing to the traces of its events. */
export const TRACE_MS = 3_600_000;
