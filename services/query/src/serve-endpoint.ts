import type { IncomingHttpHeaders } from 'node:http';
import { type Endpoint, encoderOf, type Request, type Told } from '@touchstone/api';
import { type Asker, endpointSchema, type Key } from '@touchstone/runtime';
import type { FastifyReply, FastifySchema, preHandlerAsyncHookHandler } from 'fastify';
import type { App, QueryDeps } from './deps.ts';
import { waitForLists, waitForPosition } from './waits/after-position.ts';

/** The input of an endpoint's answer. */
export interface RequestOf<E extends Endpoint> extends Request<E> {
  readonly asker: Asker;
  /** The caller's key; null if the system has no keys. */
  readonly caller: Key | null;
  readonly headers: IncomingHttpHeaders;
}

const JSON_TYPE = 'application/json; charset=utf-8';

const waiting: Readonly<Record<Endpoint['waits'], (deps: QueryDeps) => preHandlerAsyncHookHandler[]>> = {
  never: () => [],
  nothing: () => [],
  position: (deps) => [waitForPosition(deps)],
  rows: waitForLists,
};

/**
 * Serves an endpoint as declared: checks the parameters, waits, and encodes the answer. Answers are
 * immutable: the JSON of one that several requests share is written once.
 */
export function serveEndpoint<E extends Endpoint>(
  app: App,
  deps: QueryDeps,
  endpoint: E,
  answer: (request: RequestOf<E>, reply: FastifyReply) => Told<E> | Promise<Told<E>>,
): void {
  const { method, path, scope, status = 200 } = endpoint;
  const write = writerOf(endpoint);
  const schema: FastifySchema = endpointSchema(endpoint);
  app.route({
    method,
    url: path,
    config: { scope },
    schema,
    preHandler: waiting[endpoint.waits](deps),
    handler: async (request, reply) => {
      const told = await answer(request as unknown as RequestOf<E>, reply);
      return reply
        .code(status)
        .type(JSON_TYPE)
        .send(write(told as object));
    },
  });
}

function writerOf({ answer }: Endpoint): (told: object) => string {
  const encode = encoderOf(answer);
  const written = new WeakMap<object, string>();
  return (told) => {
    let text = written.get(told);
    if (text === undefined) {
      text = JSON.stringify(encode(told));
      written.set(told, text);
    }
    return text;
  };
}
