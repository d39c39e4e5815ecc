import { projectedCounts } from '@touchstone/read-models';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as answers from '../answers/answers.ts';
import { maybeInstant } from '../answers/as-answer.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps, RebuildStatus } from '../deps.ts';
import { described, describedBegun } from '../description/describe-route.ts';
import { waitForPosition } from '../waits/after-position.ts';
import { readLag } from '../waits/lag.ts';

const nothing = z.strictObject({});
const rebuildBody = z
  .strictObject({ force: z.boolean().optional().describe('Switch whatever the comparison finds') })
  .nullish()
  .meta({ id: 'RebuildRequest', examples: [{}] });

/** How far the read model is, whether nothing was lost on the way, and rebuilding it. */
export const runningRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  servePosition(app, deps);
  serveRebuildStatus(app, deps);
  serveRebuildStart(app, deps);
};

function servePosition(app: App, deps: QueryDeps): void {
  const route = described({
    id: 'getPosition',
    tag: 'Running',
    summary: 'How far the read model has come, and whether every event is accounted for',
    answer: answers.positionAnswer,
  });
  app.get(
    '/v1/position',
    { ...route, schema: { ...route.schema, querystring: nothing }, preHandler: waitForPosition(deps) },
    async ({ asker }) => {
      // What was projected is asked first: at rest or not, it never seems to be more than what was stored.
      const projected = (await deps.progress.latest?.()) ?? deps.progress.projected();
      const rows = await projectedCounts(...readModelFor(deps, asker));
      const [log, counts] = await Promise.all([deps.store.head(), deps.store.counts()]);
      return {
        log: String(log),
        projected: String(projected),
        lagMs: log <= projected ? 0 : await readLag(deps.store, projected),
        accepted: counts.accepted,
        cut: rows.cut,
        stored: counts.stored - rows.cut,
        projectedEvents: rows.moments,
        parked: rows.parked,
      };
    },
  );
}

function serveRebuildStatus(app: App, deps: QueryDeps): void {
  const route = described(
    {
      id: 'getRebuild',
      tag: 'Running',
      summary: 'How the latest rebuild of the read model goes',
      answer: answers.rebuildAnswer,
    },
    'admin',
  );
  app.get('/v1/rebuild', { ...route, schema: { ...route.schema, querystring: nothing } }, async () =>
    rebuildAnswer(deps.rebuild.status()),
  );
}

function serveRebuildStart(app: App, deps: QueryDeps): void {
  const route = describedBegun(
    {
      id: 'startRebuild',
      tag: 'Running',
      summary: 'Rebuild the read model from the log, with the newest definitions',
      description:
        'A new generation is filled beside the one that answers, is compared with it, and then takes its place. One that is not as the log makes it does not, unless the rebuild is forced. While a rebuild runs this starts no other: the process that runs it answers how it goes, others with 409, which generation it fills and since when.',
      answer: answers.rebuildAnswer,
      problems: [409],
    },
    'admin',
  );
  app.post(
    '/v1/rebuild',
    { ...route, schema: { ...route.schema, querystring: nothing, body: rebuildBody } },
    async ({ body }, reply) => {
      await deps.rebuild.start({ force: body?.force ?? false });
      return reply.code(202).send(rebuildAnswer(deps.rebuild.status()));
    },
  );
}

function rebuildAnswer(status: RebuildStatus): z.input<typeof answers.rebuildAnswer> {
  return {
    state: status.state,
    generation: status.generation,
    startedAt: maybeInstant(status.startedAt),
    finishedAt: maybeInstant(status.finishedAt),
    position: status.position === null ? null : String(status.position),
    target: status.target === null ? null : String(status.target),
    comparison: status.comparison,
    error: status.error,
  };
}
