import { endpoints } from '@touchstone/api';
import { type SelfCheck, selfCheck } from '@touchstone/read-models/questions';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';
import { contextOf, nowOf } from './analytics-routes.ts';

/** One self-check at a time: it asks some hundred questions. */
const ANSWERS_AT_ONCE = 1;

/** How often a self-check is asked while events are being projected. */
const TRIES = 5;

const PATIENCE_MS = 5000;

/** Serves the self-check, from the read model. */
export const selfCheckRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, ANSWERS_AT_ONCE);
  serveEndpoint(app, deps, endpoints.getSelfCheck, (request) =>
    costly(request, ['self-check', request.query], (asker) =>
      atRest(deps, async () => selfCheck(request.query, contextOf(deps, asker, await nowOf(deps, {})))),
    ),
  );
};

/**
 * Asks until nothing differs, or nothing was projected meanwhile. Questions that are asked one
 * after another would see different rows, and a batch that is being written is seen in part.
 */
async function atRest(
  { store, progress, patienceMs = PATIENCE_MS }: Pick<QueryDeps, 'store' | 'progress' | 'patienceMs'>,
  ask: () => Promise<SelfCheck>,
): Promise<SelfCheck & { readonly moved?: true }> {
  for (let nth = 1; ; nth++) {
    const head = await store.head();
    const isAtRest = await progress.reached(head, patienceMs);
    const told = await ask();
    if (told.ok || (isAtRest && (await store.head()) === head)) return told;
    if (nth === TRIES) return { ...told, moved: true };
  }
}
