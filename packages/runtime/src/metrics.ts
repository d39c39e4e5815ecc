import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import type { Patience } from './remembered.ts';

export { Counter, Gauge, Histogram, Registry } from 'prom-client';

declare module 'fastify' {
  interface FastifyInstance {
    /** The metrics registry of this app; services add their own metrics. */
    readonly metrics: Registry;
  }
}

/**
 * A scrape waits for no server: it reports the last known value if a read takes longer than
 * `waitMs`. A value whose read exceeds `takesMaxMs` is omitted.
 */
export const METRICS_PATIENCE: Patience = { waitMs: 500, takesMaxMs: 3000, keptMaxMs: 300_000 };

/** Gauges named like counters; each is only the sum of the metrics by kind next to it. */
const SUMS_OF_KINDS = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Measures each route and serves /metrics in the Prometheus text format. */
export function serveMetrics(app: FastifyInstance): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of SUMS_OF_KINDS) registry.removeSingleMetric(name);
  app.decorate('metrics', registry);
  const durations = new Histogram({
    name: 'touchstone_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // Uses the route's pattern instead of the URL, so that the number of series stays bounded.
    const route = request.routeOptions.url ?? '(none)';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  app.get(
    '/metrics',
    {
      config: { scope: 'read', rateLimit: false },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics in the Prometheus text format',
        tags: ['Running'],
        response: { 200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
}
