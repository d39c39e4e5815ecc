/** The only file that imports OpenTelemetry's SDK; it is loaded only if tracing is configured. */

import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  processDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { tracedEvents } from './traced-events.ts';
import type { PageSpan, SpanAttributes, Tracing } from './tracing.ts';
import { hashedIds, plainIds } from './tracing-ids.ts';
import { reports } from './tracing-reports.ts';
import { requestTracing } from './tracing-requests.ts';

/**
 * Time limit for sending the remaining spans at shutdown, in ms: a collector that is down must not
 * delay it.
 */
const STOP_MS = 3_000;

/**
 * Starts tracing as the environment configures it; call it once per process, because the active
 * span is global. `showsIds`: spans contain ids in plain text.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the one list of what tracing is made of.
export function openTelemetry(showsIds: boolean): Tracing {
  const ids = showsIds ? plainIds : hashedIds;
  const { report, reportTo } = reports();
  const told = (message: string, ...details: unknown[]) => report([message, ...details].join(' '));
  const silent = () => undefined;
  diag.setLogger(
    { error: told, warn: told, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'touchstone' }))
    .merge(detectResources({ detectors: [hostDetector, processDetector, envDetector] }));
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('touchstone');

  /** Records the error as the span's own. */
  function fail(span: Span, error: unknown): void {
    const told = ids.exception(error instanceof Error ? error : new Error(String(error)));
    span.recordException(told);
    span.setStatus({ code: SpanStatusCode.ERROR, message: told.message });
  }

  async function run<T>(span: Span, work: () => Promise<T>): Promise<T> {
    try {
      return await context.with(trace.setSpan(context.active(), span), work);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  function page(name: string, attributes: SpanAttributes, bodies: Iterable<string>, since = Date.now()): PageSpan {
    const traced = tracedEvents(bodies, ids);
    const links: Link[] = traced.map(({ context: linked }) => ({ context: linked }));
    const began = { kind: SpanKind.CONSUMER, startTime: since };
    const span = tracer.startSpan(name, { ...began, root: true, links, attributes: { ...attributes } });
    const ofEvents = traced.map((event) =>
      tracer.startSpan(
        `${name} event`,
        { ...began, links: [{ context: span.spanContext() }], attributes: event.attributes },
        below(event.context),
      ),
    );
    const within = trace.setSpan(ROOT_CONTEXT, span);
    return {
      part: (part, work, since = Date.now()) => run(tracer.startSpan(part, { startTime: since }, within), work),
      end(error) {
        for (const one of [span, ...ofEvents]) {
          if (error !== undefined && one.isRecording()) fail(one, error);
          if (one.isRecording()) one.end();
        }
      },
    };
  }

  return {
    page,
    within(name, attributes, work, bodies = []) {
      const links = tracedEvents(bodies, ids).map(({ context: linked }) => ({ context: linked }));
      return run(tracer.startSpan(name, { links, attributes: { ...attributes } }), work);
    },
    traceparent() {
      const active = trace.getActiveSpan();
      if (active === undefined || !active.isRecording()) return undefined;
      const { traceId, spanId } = active.spanContext();
      return `00-${traceId}-${spanId}-01`;
    },
    traceRequests: (app) => requestTracing(app, tracer, new W3CTraceContextPropagator(), ids),
    logFields() {
      const active = trace.getActiveSpan()?.spanContext();
      return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId };
    },
    reportTo,
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_MS);
      });
      await Promise.race([provider.shutdown().catch((error: unknown) => report(String(error))), late]);
      clearTimeout(timer);
    },
  };
}

function below(parent: SpanContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true });
}
