import { definitionSchema } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { waitForPosition } from './after-position.ts';
import * as answers from './answers.ts';
import { maybeInstant } from './as-answer.ts';
import type { DefinitionVersion } from './definitions-ledger.ts';
import type { QueryDeps } from './deps.ts';
import { described } from './describe-route.ts';
import { nameParameter } from './parameters.ts';

/** Journey definitions, each in versions that are recorded in the log. */
export const definitionRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const list = described({
    tag: 'Definitions',
    summary: 'Every version of every journey definition, and which is in force',
    answer: answers.definitionsAnswer,
  });
  app.get(
    '/v1/definitions',
    { ...list, schema: { ...list.schema, querystring: z.strictObject({}) }, preHandler: waitForPosition(deps) },
    async () => ({ items: (await deps.definitions.list()).map(definitionAnswer) }),
  );

  const put = described(
    {
      tag: 'Definitions',
      summary: 'Put a new version of a journey definition',
      description:
        'It comes into force with a rebuild (POST /v1/rebuild). A definition equal to the newest version changes nothing.',
      answer: answers.definitionVersion,
      problems: [413, 415, 422],
    },
    'admin',
  );
  app.put(
    '/v1/definitions/:type',
    {
      ...put,
      schema: {
        ...put.schema,
        params: z.strictObject({ type: nameParameter }),
        querystring: z.strictObject({}),
        body: definitionSchema,
      },
    },
    async ({ params, body }) => {
      if (body.type !== params.type) {
        const message = `is ${body.type}, but the path says ${params.type}`;
        throw new Problem('invalid_definition', `The type ${message}.`, { errors: [{ path: 'type', message }] });
      }
      return definitionAnswer(await deps.definitions.put(body));
    },
  );
};

function definitionAnswer(version: DefinitionVersion): z.input<typeof answers.definitionVersion> {
  return { ...version, putAt: maybeInstant(version.putAt) };
}
