import { formatInstant } from '@touchstone/journey';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import * as answers from '../answers/answers.ts';
import { readModelFor } from '../asker.ts';
import type { App, QueryDeps } from '../deps.ts';
import { described } from '../description/describe-route.ts';
import { waitForPosition } from '../waits/after-position.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';
import { dismissHistory, keptHistories, lostNow } from './kept-history.ts';

/** Of minutes, and of customers by name. */
export const LOST_LISTED_MAX = 500;
const nothing = z.strictObject({});

/** What a log that was put back from a backup has lost, as the rows of before still tell it. */
export const lostHistoryRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveLost(app, deps);
  serveDismissal(app, deps);
};

function serveLost(app: App, deps: QueryDeps): void {
  const costly = costlyAnswers(deps, 1);
  const route = described({
    id: 'getLostHistory',
    tag: 'Running',
    summary: 'What the log has lost when it was put back from a backup',
    description:
      'Rows of a log that was put back are filled anew; those of before stay beside them until they are dismissed, and tell which events and customers the log does not hold. Published again by their sources, events are lost no more.',
    answer: answers.lostHistoryAnswer,
  });
  app.get(
    '/v1/lost-history',
    { ...route, schema: { ...route.schema, querystring: nothing }, preHandler: waitForPosition(deps) },
    (request) =>
      costly(request, 'lost history', async (asker) => {
        const [clickhouse, inForce] = readModelFor(deps, asker);
        const items = [];
        for (const kept of await keptHistories(deps.readModels)) {
          const lost = await lostNow(clickhouse, kept, inForce, LOST_LISTED_MAX);
          items.push({
            generation: kept.generation,
            foundAt: formatInstant(kept.at),
            fork: String(kept.fork),
            events: lost.events,
            customers: lost.customers,
            minutes: lost.minutes.map((each) => ({ ...each, minute: formatInstant(each.minute) })),
            customerIds: [...lost.customerIds],
          });
        }
        return { items };
      }),
  );
}

function serveDismissal(app: App, { readModels }: QueryDeps): void {
  const route = described(
    {
      id: 'dismissLostHistory',
      tag: 'Running',
      summary: 'Forget what was lost: the rows that tell of it are dropped',
      answer: z.strictObject({ dismissed: z.number().int().positive() }).meta({ id: 'DismissedHistory' }),
      problems: [404],
    },
    'admin',
  );
  const params = z.strictObject({ generation: z.coerce.number().int().min(1).max(4_294_967_295) });
  app.delete(
    '/v1/lost-history/:generation',
    { ...route, schema: { ...route.schema, params, querystring: nothing } },
    async ({ params: { generation } }) => {
      if (await dismissHistory(readModels, generation)) return { dismissed: generation };
      throw new Problem('not_found', `No lost history is kept under ${generation}: see GET /v1/lost-history.`);
    },
  );
}
