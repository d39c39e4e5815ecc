import {
  context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SpanIds } from './tracing-ids.ts';

/** Creates a span for each request to `/v1`, active in its hooks and its handler. */
export function requestTracing(
  app: FastifyInstance,
  tracer: Tracer,
  propagator: TextMapPropagator,
  ids: SpanIds,
): void {
  const spans = new WeakMap<FastifyRequest, Span>();

  // Runs after the key check, so that requests of strangers do not reach the trace backend.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const route = request.routeOptions.url;
    if (!route?.startsWith('/v1')) return done(null, payload);
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'url.path': ids.path(request.url, route, request.params),
      'url.scheme': request.protocol,
    };
    const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    spans.set(request, span);
    context.with(trace.setSpan(context.active(), span), () => done(null, payload));
  });
  // Reading the body in between switched to the socket's context, so activate the span again.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) return done();
    context.with(trace.setSpan(context.active(), span), done);
  });
  app.addHook('onError', async (request, _reply, error) => {
    spans.get(request)?.recordException(ids.exception(error));
  });
  const end = (request: FastifyRequest, status: number | undefined) => {
    const span = spans.get(request);
    if (span === undefined) return;
    spans.delete(request);
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  app.addHook('onResponse', async (request, reply) => end(request, reply.statusCode));
  app.addHook('onRequestAbort', async (request) => end(request, undefined));
}
