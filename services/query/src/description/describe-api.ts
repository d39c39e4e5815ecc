import swagger from '@fastify/swagger';
import { tags } from '@touchstone/api';
import { keepConstantAnswers } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import manifest from '../../package.json' with { type: 'json' };
import { describeOperation } from './describe-operation.ts';
import { serveDocsPage } from './docs-page.ts';
import { finishDocument } from './finish-document.ts';

/**
 * Serves the description of the app's routes at /openapi.json (OpenAPI 3.1), and a page of it at
 * /docs. It covers the routes of every service that are registered after it: pass it to
 * `createHttpServer` as `describe`.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Touchstone', version: manifest.version, description: DESCRIPTION },
      servers: [{ url: app.basePath || '/' }],
      tags: [...tags],
      components: { securitySchemes: { key: KEY } },
    },
    transform: describeOperation,
    transformObject: (document) => finishDocument(jsonSchemaTransformObject(document) as OpenAPIV3_1.Document),
  });
  let text: string | undefined;
  const document = () => {
    text ??= JSON.stringify(app.swagger());
    return text;
  };
  await app.register(async (scope) => {
    keepConstantAnswers(scope);
    scope.get('/openapi.json', { schema: { hide: true }, serializerCompiler: () => String }, async (_request, reply) =>
      reply.type('application/json').send(document()),
    );
  });
  // Built when the server starts to listen: it takes a third of a second on a busy machine, and no
  // request should wait for it.
  app.addHook('onListen', async () => void document());
  await serveDocsPage(app);
}

const DESCRIPTION = `At each moment of truth: did we keep our promise, and does this customer trust us?

Publish CloudEvents, read journeys with their scores and customers with their trust. Times are ISO 8601 in UTC; numbers are unrounded; a missing
score is null. Errors are RFC 9457 problem documents, also those that no operation answers: 404 for an unknown path, 405 with \`Allow\` for another
method, 408 and 431 for a request that is too slow or whose headers are too large. A reader who sends \`Touchstone-After: <position>\` sees what was published up to there.
A list, or the overview, with the header \`Touchstone-Settling: true\` was answered while much fell due at once: some customers are shown as they stood before it.`;

const KEY = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'tsk_…',
  description: 'Needed where TOUCHSTONE_KEYS is set. A key has scopes: publish, read, admin.',
} as const;
