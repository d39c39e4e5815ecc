import { endpoints } from '@touchstone/api';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves the journey definitions, whose versions are recorded in the log, and the policy. */
export const definitionRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.listDefinitions, async () => ({ items: await deps.definitions.list() }));
  serveEndpoint(app, deps, endpoints.putDefinition, async ({ params, body, caller }) => {
    if (body.type !== params.type) {
      const message = `is ${body.type}, but the path says ${params.type}`;
      throw new Problem('invalid_definition', `The type ${message}.`, { errors: [{ path: 'type', message }] });
    }
    return deps.definitions.put(body, caller?.name);
  });
  serveEndpoint(app, deps, endpoints.getPolicy, () => deps.measures().policy);
};
