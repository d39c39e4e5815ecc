import { definitionSchema } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as answers from '../answers/answers.ts';
import { maybeInstant } from '../answers/as-answer.ts';
import { nameParameter } from '../answers/parameters.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import type { DefinitionVersion } from '../ledgers/definitions-ledger.ts';
import { waitForPosition } from '../waits/after-position.ts';

/** Journey definitions, each in versions that are recorded in the log. */
export const definitionRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveDefinitions(app, deps);
  servePut(app, deps);
};

function serveDefinitions(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'listDefinitions',
    tag: 'Definitions',
    summary: 'Every version of every journey definition, and which is in force',
    answer: answers.definitionsAnswer,
  });
  app.get(
    '/v1/definitions',
    { ...route, schema: { ...route.schema, querystring: z.strictObject({}) }, preHandler: waitForPosition(deps) },
    async () => ({ items: (await deps.definitions.list()).map(definitionAnswer) }),
  );
}

function servePut(app: App, deps: QueryDeps): void {
  const route = described(
    {
      id: 'putDefinition',
      tag: 'Definitions',
      summary: 'Put a new version of a journey definition',
      description:
        'It comes into force with a rebuild (POST /v1/rebuild). A definition equal to the newest version changes nothing.',
      answer: answers.definitionVersion,
      problems: [422],
    },
    'admin',
  );
  app.put(
    '/v1/definitions/:type',
    {
      ...route,
      schema: {
        ...route.schema,
        params: z.strictObject({ type: nameParameter.meta({ example: 'order' }) }),
        querystring: z.strictObject({}),
        body: definitionSchema,
      },
    },
    async ({ params, body, caller }) => {
      if (body.type !== params.type) {
        const message = `is ${body.type}, but the path says ${params.type}`;
        throw new Problem('invalid_definition', `The type ${message}.`, { errors: [{ path: 'type', message }] });
      }
      return definitionAnswer(await deps.definitions.put(body, caller?.name));
    },
  );
}

function definitionAnswer(version: DefinitionVersion): z.input<typeof answers.definitionVersion> {
  return { ...version, putAt: maybeInstant(version.putAt) };
}
