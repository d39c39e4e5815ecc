import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { problemSchema } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import manifest from '../package.json' with { type: 'json' };

// Named once in the description, instead of standing in every answer.
z.globalRegistry.add(problemSchema, { ...problemSchema.meta(), id: 'Problem' });

/**
 * Serves what the app answers at /openapi.json (OpenAPI 3.1), and a page of it at /docs. It knows the routes that are registered after it,
 * of every service in the app: call it first.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Touchstone', version: manifest.version, description: DESCRIPTION },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: { securitySchemes: { key: KEY } },
      paths: RUNNING_PATHS,
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => tidied(jsonSchemaTransformObject(document) as OpenAPIV3_1.Document),
  });
  let text: string | undefined;
  app.get('/openapi.json', { schema: { hide: true }, serializerCompiler: () => String }, async (_request, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply.type('application/json').send(text);
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Touchstone: the API' },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      deepLinking: true,
      tryItOutEnabled: true,
      persistAuthorization: false,
    },
  });
}

/**
 * As a reader wants it: components that something refers to and no others, no bounds that only say "safe integer", and problem documents
 * open to the further members that RFC 9457 allows.
 */
function tidied(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  const text = JSON.stringify(document, (key, value: unknown) => {
    const isSafeBound =
      (key === 'minimum' || key === 'maximum') && Math.abs(value as number) === Number.MAX_SAFE_INTEGER;
    return isSafeBound ? undefined : value;
  });
  const tidy = JSON.parse(text) as OpenAPIV3_1.Document;
  const all = tidy.components?.schemas ?? {};
  const named = new Set<string>();
  const follow = (part: unknown) => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (named.has(name!) || all[name!] === undefined) continue;
      named.add(name!);
      follow(all[name!]);
    }
  };
  follow(tidy.paths);
  const schemas = Object.entries(all).filter(([name]) => named.has(name));
  const problem = schemas.find(([name]) => name === 'Problem')?.[1];
  if (problem !== undefined) problem.additionalProperties = true;
  return { ...tidy, components: { ...tidy.components, schemas: Object.fromEntries(schemas) } };
}

const DESCRIPTION = `At each moment of truth: did we keep our promise, and does this customer trust us?

Publish CloudEvents, read journeys with their scores and customers with their trust. Times are ISO 8601 in UTC; numbers are unrounded; a missing
score is null. Errors are RFC 9457 problem documents. A reader who sends \`Touchstone-After: <position>\` sees what was published up to there.`;

const TAGS = [
  { name: 'Publishing', description: 'Events in; what was rejected, and sending it again' },
  { name: 'Journeys', description: 'One customer pursuing one goal, scored 0..100' },
  { name: 'Customers', description: 'Trust stages, loyalty and how they came about' },
  { name: 'Touchpoints', description: 'Where moments succeed and fail' },
  { name: 'Ledgers', description: 'Promises, complaints, moves between trust stages' },
  { name: 'Definitions', description: 'What a journey type is' },
  { name: 'Running', description: 'Health, progress, rebuilding' },
];

const KEY = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'tsk_…',
  description: 'Needed where TOUCHSTONE_KEYS is set. A key has scopes: publish, read, admin.',
} as const;

/** Routes that the HTTP server has before any service is registered. */
const RUNNING_PATHS: OpenAPIV3_1.PathsObject = {
  '/healthz': running('Is the process alive?', 'application/json'),
  '/readyz': running('Can it work? Names what cannot', 'application/json', {
    503: { description: 'Something does not work: a problem document' },
  }),
  '/metrics': running('Metrics in the Prometheus text format', 'text/plain'),
};

function running(summary: string, media: string, others: OpenAPIV3_1.ResponsesObject = {}): OpenAPIV3_1.PathItemObject {
  const content = { [media]: { schema: { type: media === 'text/plain' ? 'string' : 'object' } } };
  const responses = { 200: { description: summary, content }, ...others };
  return { get: { tags: ['Running'], summary, responses } } as OpenAPIV3_1.PathItemObject;
}
