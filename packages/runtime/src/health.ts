import type { FastifyInstance, FastifyReply } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument, problemResponses } from './problem.ts';
import { stopping } from './stopping.ts';

/** Something that ought to work. */
export interface ReadinessCheck {
  readonly name: string;
  /**
   * False where the process serves what it is asked without it (HTTP publishing without Kafka): its fault is told and measured, and /readyz stays 200,
   * since taking the process out of service would make it worse.
   */
  readonly isNeeded?: boolean;
  /** Resolves to undefined if all is well, else to what is not, in words. May throw. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}

const CHECK_TIMEOUT_MS = 3000;

const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
const readiness = z
  .object({
    status: z.literal('ready'),
    checks: z.array(
      z
        .object({
          name: z.string(),
          status: z.enum(['ok', 'failing']).meta({ id: 'CheckStatus' }),
          message: z.string().optional().describe('What fails, of a check that readiness does not need'),
        })
        .meta({ id: 'CheckResult' }),
    ),
  })
  .meta({ id: 'Readiness' });
type CheckResult = z.output<typeof readiness>['checks'][number];

/** /healthz says that the process answers, /readyz that it can work and is not about to stop; the same checks stand in the metrics. */
export function serveHealth(app: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  measureChecks(app.metrics, checks);
  const config = { scope: 'public', rateLimit: false } as const;
  app.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'getHealth',
        summary: 'Is the process alive?',
        tags: ['Running'],
        response: { 200: { description: 'It is', content: { 'application/json': { schema: health } } } },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config,
      schema: {
        operationId: 'getReadiness',
        summary: 'Can it work? Names what cannot',
        tags: ['Running'],
        response: {
          200: { description: 'It can', content: { 'application/json': { schema: readiness } } },
          ...problemResponses(503),
        },
      },
    },
    async (_request, reply) => {
      if (app.stopping.isAnnounced()) return sendUnready(reply, stopping());
      const results = await Promise.all(checks.map(async (check) => ({ ...check, fault: await faultOf(check) })));
      const errors = results.flatMap(({ name, isNeeded = true, fault }) =>
        fault === undefined || !isNeeded ? [] : [{ path: name, message: fault }],
      );
      if (errors.length === 0) return { status: 'ready', checks: results.map(shown) };
      const problem = new Problem('not_ready', `Not working: ${errors.map(({ path }) => path).join(', ')}.`, {
        errors,
      });
      return sendUnready(reply, problem);
    },
  );
}

function shown({ name, fault }: { readonly name: string; readonly fault: string | undefined }): CheckResult {
  return fault === undefined ? { name, status: 'ok' } : { name, status: 'failing', message: fault };
}

/** Not thrown: a service that says so by itself is no incident of its HTTP server. */
function sendUnready(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_MEDIA_TYPE).send(problemDocument(problem));
}

function measureChecks(registry: Registry, checks: readonly ReadinessCheck[]): void {
  new Gauge({
    name: 'touchstone_check_up',
    help: '1 where a check of /readyz passes, 0 where it does not; needed: whether /readyz answers 503 then.',
    labelNames: ['check', 'needed'],
    registers: [registry],
    async collect() {
      const results = await Promise.all(checks.map(async (check) => ({ check, fault: await faultOf(check) })));
      this.reset();
      for (const { check, fault } of results) {
        const needed = (check.isNeeded ?? true) ? 'yes' : 'no';
        this.set({ check: check.name, needed }, fault === undefined ? 1 : 0);
      }
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
