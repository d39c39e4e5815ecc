import { problemResponses, scopeOf } from '@touchstone/runtime';
import type { FastifySchema, RouteOptions } from 'fastify';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** Marks an operation whose body is optional; `finishDocument` removes the mark. */
export const OPTIONAL_BODY = 'x-optional-body';

interface Bodies {
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

const transform = createJsonSchemaTransform({});
type Transform = typeof transform;

/**
 * Adds to a route's schema the key that it needs and the problems that any route with such an input
 * may answer. A body of several media types is given as `{content: {type: {schema}}}`, with named
 * schemas.
 */
export const describeOperation: Transform = (document) => {
  const { schema, route } = document as { schema?: FastifySchema; route?: RouteOptions };
  if (schema === undefined || route === undefined || schema.hide === true) return transform(document);
  const { body, ...rest } = schema as FastifySchema & { body?: z.ZodType | Bodies };
  const isPublic = scopeOf(route) === 'public';
  const completed = {
    ...rest,
    ...(body === undefined || isBodies(body) ? {} : { body }),
    ...(body !== undefined && !isBodies(body) && body.safeParse(undefined).success ? { [OPTIONAL_BODY]: true } : {}),
    security: isPublic ? [] : [{ key: [] }],
    response: { ...problemResponses(...commonStatuses(schema, route)), ...(schema.response as object | undefined) },
  };
  const result = transform({ ...document, schema: completed } as Parameters<Transform>[0]);
  if (!isBodies(body)) return result;
  const described = Object.entries(body.content).map(([media, { schema }]) => [media, { schema: referenceTo(schema) }]);
  return { ...result, schema: { ...result.schema, body: { content: Object.fromEntries(described) } } } as typeof result;
};

function isBodies(body: unknown): body is Bodies {
  return body !== undefined && !(body instanceof z.ZodType);
}

/** Named schemas get the suffix `Input` where they describe an input. */
function referenceTo(schema: z.ZodType) {
  return { $ref: `#/components/schemas/${z.globalRegistry.get(schema)?.id}Input` };
}

/** Error statuses that every route with this scope, input and rate limit may answer. */
function commonStatuses(schema: FastifySchema, { config, ...route }: RouteOptions): number[] {
  const isPublic = scopeOf({ ...route, config }) === 'public';
  const isLimited = config?.rateLimit !== false;
  const takesInput = schema.querystring !== undefined || schema.params !== undefined || schema.body !== undefined;
  return [
    ...(takesInput ? [400] : []),
    ...(isPublic ? [] : [401]),
    403,
    ...(schema.body === undefined ? [] : [413, 415]),
    ...(isLimited ? [429] : []),
    // An address of many long filters counts among the headers.
    ...(schema.querystring === undefined || schema.body !== undefined ? [] : [431]),
    500,
    503,
  ];
}
