import { definitionSchema, policyChangeSchema } from '@touchstone/journey';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { trialAnswer } from '../answers/comparison-answers.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described, describedBegun } from '../description/describe-route.ts';

const nothing = z.strictObject({});

const trialBody = z
  .strictObject({
    definitions: z
      .array(definitionSchema)
      .max(1000)
      .default([])
      .describe('These stand for those of their types; of other types the newest versions count, as in a rebuild'),
    policy: policyChangeSchema.optional().describe('The constants that are to be others than in force'),
    limit: z.int().min(1).max(500).default(100).describe('Customers, and journeys, that are told of one by one'),
  })
  .superRefine(({ definitions, policy }, context) => {
    if (definitions.length === 0 && policy === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['definitions'],
        message: 'or a policy must be given: what is to be tried?',
      });
    }
    const types = definitions.map(({ type }) => type);
    for (const [index, type] of types.entries()) {
      if (types.indexOf(type) === index) continue;
      const message = `is ${type} a second time; one definition of a type can be tried at once`;
      context.addIssue({ code: 'custom', path: ['definitions', index, 'type'], message });
    }
  })
  .meta({ id: 'TrialRequest', examples: [{ definitions: [{ type: 'order', expectation: 4 }] }] });

/** What other measures would make of everything, without anything being changed. */
export const trialRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveStart(app, deps);
  serveStatus(app, deps);
  serveCancel(app, deps);
};

function serveStart(app: App, deps: QueryDeps): void {
  const route = describedBegun(
    {
      id: 'startTrial',
      tag: 'Definitions',
      summary: 'Try definitions or a policy on all history',
      description:
        'Everything is measured with them beside what answers, compared with it, and dropped again. Nothing that answers changes, and nothing is announced. One trial or rebuild runs at a time.',
      answer: trialAnswer,
      problems: [409],
    },
    'admin',
  );
  app.post(
    '/v1/trial',
    { ...route, schema: { ...route.schema, querystring: nothing, body: trialBody } },
    async ({ body: { definitions, policy, limit } }, reply) => {
      await deps.trial.start({ definitions, policy, limit });
      return reply.code(202).send(deps.trial.status());
    },
  );
}

function serveStatus(app: App, deps: QueryDeps): void {
  const route = described(
    {
      id: 'getTrial',
      tag: 'Definitions',
      summary: 'How the latest trial goes, and its report: who changes score and stage, and why',
      description: 'A restart of the system forgets it.',
      answer: trialAnswer,
    },
    'admin',
  );
  app.get('/v1/trial', { ...route, schema: { ...route.schema, querystring: nothing } }, async () =>
    deps.trial.status(),
  );
}

function serveCancel(app: App, deps: QueryDeps): void {
  const route = described(
    {
      id: 'cancelTrial',
      tag: 'Definitions',
      summary: 'Cancel the trial under way, or forget the report of the last',
      answer: trialAnswer,
    },
    'admin',
  );
  app.delete('/v1/trial', { ...route, schema: { ...route.schema, querystring: nothing } }, async () => {
    await deps.trial.cancel();
    return deps.trial.status();
  });
}
