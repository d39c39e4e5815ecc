import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { sendPage } from './base-path.ts';
import { COMMON_HEADERS } from './common-headers.ts';
import { closeIfEarly } from './early-answers.ts';
import { PROBLEM_MEDIA_TYPE, Problem, problemDocument } from './problem.ts';

/**
 * Turns every error into a problem document; a browser at an unknown address gets `page` instead.
 */
export function answerProblems(app: FastifyInstance, page?: string | undefined): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500 && !isExpected(problem)) {
      request.log.error({ err: problem.cause ?? error, url: request.url, method: request.method }, 'request failed');
    }
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => sendNotFound(request, reply, page));
}

/**
 * Answers unknown routes before the framework reads the body. Call it after all other request hooks
 * are registered.
 */
export function answerUnknownRoutes(app: FastifyInstance, page?: string | undefined): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return sendNotFound(request, reply, page);
  });
}

function sendNotFound(request: FastifyRequest, reply: FastifyReply, page: string | undefined): FastifyReply {
  if (page !== undefined && wantsPage(request)) return sendPage(reply, 404, reply.server.basePath, page);
  return sendProblem(
    reply,
    new Problem('not_found', `No route answers ${request.method} ${pathOf(request)}; see /docs.`),
  );
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer(JSON.stringify)
    .send(problemDocument(problem));
}

/**
 * Answers requests that the framework rejects before any route or hook, such as a URL that cannot
 * be decoded.
 */
export function answerFrameworkErrors(page: string | undefined, basePath: string) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = toProblem(error);
    reply.headers(COMMON_HEADERS);
    closeIfEarly(request, reply);
    if (page !== undefined && wantsPage(request)) sendPage(reply, problem.status, basePath, page);
    else sendProblem(reply, problem);
  };
}

/**
 * True for a person at a browser; programs ask for JSON or for anything. Addresses under /v1 never
 * answer with a page.
 */
function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  const accept = headers.accept ?? '';
  return (
    (method === 'GET' || method === 'HEAD') &&
    accept.includes('text/html') &&
    !accept.includes('json') &&
    !/^\/v1(?:[/?]|$)/.test(url)
  );
}

/** Answers bytes that Node cannot parse as HTTP: there is no request, only a socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('headers_too_large', 'The headers of a request must stay below 16 KiB.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new Problem('request_timeout', 'The request did not arrive in time.')
        : new Problem('bad_request', 'This is not HTTP/1.1 as the server can read it.');
  const body = JSON.stringify(problemDocument(problem));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * True for a 503 by which the service says that it cannot take the request now: the caller needs to
 * know, but the service has no fault to log.
 */
function isExpected(problem: Problem): boolean {
  return problem.status === 503 && problem.cause === undefined;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 200);
}

/**
 * Maps any error to a problem that the caller may see; an unknown error becomes a 500 without
 * internals.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidInput(error);
  const { code, statusCode } = error as Partial<FastifyError>;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body_too_large', 'The body is larger than this route takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return new Problem('unsupported_media_type', 'Send application/json with its content-type header.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new Problem('invalid_json', 'The body is empty or not JSON.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid_encoding', 'The body is not as long as content-length says.');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('bad_request', 'The URL cannot be decoded, or a part of it is too long.');
    case 'FST_ERR_HANDLER_TIMEOUT':
      return new Problem('overloaded', 'The answer took too long.', { headers: { 'retry-after': '5' } });
  }
  if (error instanceof SyntaxError && statusCode === 400) {
    return new Problem('invalid_json', 'The body is not JSON.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem(statusCode === 404 ? 'not_found' : 'bad_request', (error as Error).message);
  }
  return new Problem('internal_error', 'An unexpected error; its details are in the log of the service.', {
    cause: error,
  });
}

function invalidInput(error: {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[];
  readonly validationContext?: string | undefined;
}): Problem {
  const errors = error.validation.map(({ instancePath, message }) => ({
    path: instancePath.split('/').filter(Boolean).join('.'),
    message: message ?? 'is not as it must be',
  }));
  const where = error.validationContext ?? 'request';
  const detail = `The ${where === 'querystring' ? 'query' : where} is not as it must be: ${errors
    .slice(0, 5)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ')}`;
  return new Problem('invalid_query', detail, { errors });
}
