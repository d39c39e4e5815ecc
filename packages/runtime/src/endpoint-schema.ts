import { afterHeader, type Endpoint } from '@touchstone/api/endpoint';
import type { FastifySchema } from 'fastify';
import type { z } from 'zod';
import { problemResponses, problemResponsesAs } from './problem.ts';

type Part<Name extends string, Schema> = Schema extends z.ZodType ? { readonly [Key in Name]: Schema } : unknown;

/** The schema of a route, typed so that Zod's type provider knows the parts of its requests. */
export type EndpointSchema<E extends Endpoint> = FastifySchema & { readonly querystring: E['query'] } & Part<
    'params',
    E['params']
  > &
  Part<'body', E['body']>;

/** The schema of the route that serves the endpoint, with its description. */
export function endpointSchema<E extends Endpoint>(endpoint: E): EndpointSchema<E> {
  const { id, tag, summary, description, waits, params, query, body, bodies } = endpoint;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(waits === 'never' ? {} : { headers: afterHeader }),
    ...(params === undefined ? {} : { params }),
    querystring: query,
    ...(body === undefined ? {} : { body }),
    ...(bodies === undefined ? {} : { body: { content: contentOf(bodies) } }),
    response: responsesOf(endpoint),
  } as unknown as EndpointSchema<E>;
}

function responsesOf({
  summary,
  waits,
  answer,
  answerType = 'application/json',
  answerMeaning = summary,
  status,
  problems = [],
  problemAnswers = [],
}: Endpoint) {
  return {
    [status ?? 200]: { description: answerMeaning, content: contentOf({ [answerType]: answer }) },
    // 409: Touchstone-After is beyond the log.
    ...problemResponses(...(waits === 'never' ? [] : [409]), ...problems),
    ...Object.assign({}, ...problemAnswers.map(({ answer, statuses }) => problemResponsesAs(answer, ...statuses))),
  };
}

function contentOf(schemas: Readonly<Record<string, z.ZodType>>) {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}
