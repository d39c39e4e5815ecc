import type { FastifyInstance } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument } from './problem.ts';

/** Something that must work before requests are welcome. */
export interface ReadinessCheck {
  readonly name: string;
  /** Resolves to undefined if all is well, else to what is not, in words. May throw. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}

const CHECK_TIMEOUT_MS = 3000;

/** /healthz says that the process answers, /readyz that it can work; the same checks stand in the metrics. */
export function serveHealth(app: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  measureChecks(app.metrics, checks);
  const config = { scope: 'public', rateLimit: false } as const;
  app.get(
    '/healthz',
    {
      config,
      schema: {
        summary: 'Is the process alive?',
        tags: ['Running'],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    { config, schema: { summary: 'Can it work? Names what cannot', tags: ['Running'] } },
    async (_request, reply) => {
      const results = await Promise.all(
        checks.map(async (check) => ({ name: check.name, fault: await faultOf(check) })),
      );
      const errors = results.flatMap(({ name, fault }) =>
        fault === undefined ? [] : [{ path: name, message: fault }],
      );
      if (errors.length === 0) return { status: 'ready', checks: results.map(({ name }) => ({ name, status: 'ok' })) };
      const problem = new Problem('not_ready', `Not working: ${errors.map(({ path }) => path).join(', ')}.`, {
        errors,
      });
      // Not thrown: a service that says so by itself is no incident of its HTTP server.
      return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(problemDocument(problem));
    },
  );
}

function measureChecks(registry: Registry, checks: readonly ReadinessCheck[]): void {
  new Gauge({
    name: 'touchstone_check_up',
    help: '1 where a check of /readyz passes, 0 where it does not.',
    labelNames: ['check'],
    registers: [registry],
    async collect() {
      const results = await Promise.all(checks.map(async (check) => ({ check, fault: await faultOf(check) })));
      this.reset();
      for (const { check, fault } of results) this.set({ check: check.name }, fault === undefined ? 1 : 0);
    },
  });
}

async function faultOf(check: ReadinessCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((settle) => {
    timer = setTimeout(() => settle(`does not answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearTimeout(timer);
  }
}
