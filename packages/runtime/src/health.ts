import { health, type Readiness, readiness } from '@touchstone/api/health';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Gauge, type Registry } from 'prom-client';
import { isOfThisMachine } from './access.ts';
import { type CheckOutcome, checkRounds } from './health-rounds.ts';
import { mayDo } from './keys.ts';
import { METRICS_PATIENCE } from './metrics.ts';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument, problemResponses } from './problem.ts';
import { knownSoon } from './remembered.ts';
import { stopping } from './stopping.ts';

/** A dependency or condition that is checked for readiness. */
export interface ReadinessCheck {
  readonly name: string;
  /**
   * False if the process can serve requests without it (HTTP publishing without Kafka). Its failure
   * is then reported and measured while /readyz stays 200, because taking the process out of
   * service would make things worse.
   */
  readonly isNeeded?: boolean;
  /** Resolves to undefined if all is well, otherwise to a description of the failure. May throw. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}

type CheckResult = Readiness['checks'][number];

/**
 * /healthz says that the process answers, /readyz that it can work and is not about to stop; the
 * same checks are exported as metrics. Callers without a key see only the names of failed checks,
 * since messages may contain paths and addresses; `isOpen`: no keys are configured, so all callers
 * are local programs.
 */
export function serveHealth(app: FastifyInstance, checks: readonly ReadinessCheck[], isOpen: boolean): void {
  const outcomes = checkRounds(checks);
  measureChecks(app.metrics, outcomes);
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
    async (request, reply) => {
      if (app.stopping.isAnnounced()) return sendUnready(reply, stopping());
      const mayKnow = isOpen || isOfThisMachine(request) || (request.caller !== null && mayDo(request.caller, 'read'));
      const results = await outcomes();
      const errors = results.flatMap(({ name, isNeeded, fault }) =>
        fault === undefined || !isNeeded ? [] : [{ path: name, message: mayKnow ? fault : 'fails' }],
      );
      if (errors.length === 0) return { status: 'ready', checks: results.map((result) => shown(result, mayKnow)) };
      const problem = new Problem('not_ready', `Not working: ${errors.map(({ path }) => path).join(', ')}.`, {
        errors,
      });
      return sendUnready(reply, problem);
    },
  );
}

function shown({ name, fault }: CheckOutcome, mayKnow: boolean): CheckResult {
  if (fault === undefined) return { name, status: 'ok' };
  return mayKnow ? { name, status: 'failing', message: fault } : { name, status: 'failing' };
}

/**
 * Sends the answer without throwing: a service that reports itself unready is no incident of its
 * HTTP server.
 */
function sendUnready(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).headers(problem.headers).type(PROBLEM_MEDIA_TYPE).send(problemDocument(problem));
}

function measureChecks(registry: Registry, outcomes: () => Promise<readonly CheckOutcome[]>): void {
  const known = knownSoon(outcomes, METRICS_PATIENCE);
  new Gauge({
    name: 'touchstone_check_up',
    help: '1 where a check of /readyz passes, 0 where it does not; needed: whether /readyz answers 503 then.',
    labelNames: ['check', 'needed'],
    registers: [registry],
    async collect() {
      const results = await known();
      this.reset();
      for (const { name, isNeeded, fault } of results?.value ?? [])
        this.set({ check: name, needed: isNeeded ? 'yes' : 'no' }, fault === undefined ? 1 : 0);
    },
  });
}
