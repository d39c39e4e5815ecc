import { randomBytes } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { callerName, guardAccess, scopeOf } from './access.ts';
import { keepBasePath, withoutBasePath } from './base-path.ts';
import { COMMON_HEADERS } from './common-headers.ts';
import { compressAnswers } from './compress-answers.ts';
import { CONNECTIONS_MAX } from './config.ts';
import { limitConnections } from './connection-limits.ts';
import { closeAfterEarlyAnswers } from './early-answers.ts';
import { type ReadinessCheck, serveHealth } from './health.ts';
import type { Keys } from './keys.ts';
import type { Logger } from './logger.ts';
import { answerOtherMethods } from './methods-of-paths.ts';
import { serveMetrics } from './metrics.ts';
import { limitPipelining } from './pipelining.ts';
import { Problem } from './problem.ts';
import { answerClientError, answerFrameworkErrors, answerProblems, answerUnknownRoutes } from './problem-handler.ts';
import { takeTurnsByAddress } from './request-turns.ts';
import { serveStopping } from './stopping.ts';
import type { Tracing } from './tracing.ts';
import type { IsTrusted } from './trusted-proxies.ts';
import { limitUnreadAnswers } from './unread-answers.ts';

export type { ZodTypeProvider };

export interface HttpServerOptions {
  readonly logger: Logger;
  /** Undefined: the server is open and serves only requests addressed to loopback. */
  readonly keys?: Keys | undefined;
  /** Requests per second per key, or per address without a key; 0 or undefined: no limit. */
  readonly rateLimit?: number | undefined;
  readonly connectionsMax?: number | undefined;
  /** Maximum per address; undefined: no separate limit. */
  readonly connectionsPerAddressMax?: number | undefined;
  /** Proxies whose `X-Forwarded-For` is trusted; undefined: none. */
  readonly isTrustedProxy?: IsTrusted | undefined;
  /** Path under which a proxy publishes the server; undefined: the root of its host. */
  readonly basePath?: string | undefined;
  /** Run by /readyz; the caller may add checks after the server was created. */
  readonly checks?: readonly ReadinessCheck[] | undefined;
  readonly tracing?: Tracing | undefined;
  /**
   * Called before the first route is registered, to install the plugin that documents the routes.
   */
  readonly describe?: ((app: FastifyInstance) => Promise<void>) | undefined;
  /**
   * Path of the dashboard's HTML file; the page handles unknown addresses itself. Undefined: every
   * unknown address gets a problem document.
   */
  readonly page?: string | undefined;
}

export type HttpServer = Awaited<ReturnType<typeof createHttpServer>>;

/**
 * Limit of bodies that the framework parses as JSON; publishing routes parse their own with their
 * own limit.
 */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** Limit of a streamed body; a stalled stream is ended sooner. */
const STREAM_ARRIVAL_MAX_MS = 3_600_000;
const ROUTER = { maxParamLength: 1024 };

/**
 * Creates the HTTP server with limits, keys, security headers, problem documents for every error
 * and zod validation at both edges of a route; it does not listen yet. Its only routes are
 * /healthz, /readyz and /metrics.
 */
export async function createHttpServer(options: HttpServerOptions) {
  const { connectionsMax = CONNECTIONS_MAX, isTrustedProxy, basePath = '' } = options;
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: isTrustedProxy ?? false,
    rewriteUrl: ({ url = '/' }: { readonly url?: string | undefined }) => withoutBasePath(basePath, url),
    requestTimeout: STREAM_ARRIVAL_MAX_MS,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 20_000, maxHeaderSize: 16_384, connectionsCheckingInterval: 5_000 },
    return503OnClosing: false,
    routerOptions: ROUTER,
    frameworkErrors: answerFrameworkErrors(options.page, basePath),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>();
  const plain = app as unknown as FastifyInstance;
  const isOpen = options.keys === undefined;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  // Routes accept only JSON unless they add a parser.
  app.removeContentTypeParser('text/plain');
  keepBasePath(plain, basePath);
  answerProblems(app, options.page);
  limitPipelining(plain);
  takeTurnsByAddress(plain);
  options.tracing?.traceRequests(plain);

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(COMMON_HEADERS).header('x-request-id', request.id);
    // Answers contain customer data and are valid only at this moment.
    if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store');
  });
  limitConnections(plain, {
    max: connectionsMax,
    perAddressMax: options.connectionsPerAddressMax ?? connectionsMax,
    isTrusted: isTrustedProxy ?? (() => false),
  });
  closeAfterEarlyAnswers(plain, isOpen);
  serveStopping(plain);
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      { method: request.method, url: request.url, status: reply.statusCode, ms: reply.elapsedTime },
      'answered',
    );
    reportChange(request, reply);
  });
  if (options.rateLimit !== undefined && options.rateLimit > 0)
    await app.register(rateLimit, limits(options.rateLimit));
  guardAccess(app, options.keys);
  limitUnknownRoutes(plain);
  answerOtherMethods(plain, ROUTER);
  answerUnknownRoutes(plain, options.page);
  limitUnreadAnswers(plain);
  await compressAnswers(plain);
  await options.describe?.(plain);
  serveMetrics(app);
  serveHealth(app, options.checks ?? [], isOpen);
  return app;
}

/** Applies the rate limit to unknown routes; the plugin limits registered routes only. */
function limitUnknownRoutes(app: FastifyInstance): void {
  if (!app.hasDecorator('rateLimit')) return;
  const limit = app.rateLimit();
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await limit.call(app, request, reply);
  });
}

function limits(max: number) {
  return {
    max,
    timeWindow: 1000,
    enableDraftSpec: true,
    addHeadersOnExceeding: { 'ratelimit-limit': false, 'ratelimit-remaining': false, 'ratelimit-reset': false },
    // Requests with unknown keys get their own bucket, so that guessing uses up nobody else's
    // limit.
    keyGenerator: (request: FastifyRequest) =>
      request.caller === null && (request.headers.authorization !== undefined || request.isOfSession)
        ? `guesses of ${callerName(request)}`
        : callerName(request),
    errorResponseBuilder: () =>
      new Problem('rate_limited', `More than ${max} requests a second. Put several events into one request.`, {
        headers: { 'retry-after': '1' },
      }),
  };
}

/** Audit log: one line for each administrator's request that succeeded and changed something. */
function reportChange(request: FastifyRequest, reply: FastifyReply): void {
  const { method, url, caller, routeOptions } = request;
  if (method === 'GET' || method === 'HEAD' || reply.statusCode >= 400) return;
  if (routeOptions.url === undefined || scopeOf({ url: routeOptions.url, config: routeOptions.config }) !== 'admin')
    return;
  request.log.info(
    { caller: caller?.name ?? null, method, url, status: reply.statusCode },
    'done for an administrator',
  );
}

/** Request ids that are cheap and unique across restarts: a random prefix and a counter. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
