import { endpoints } from '@touchstone/api';
import type { Alert } from '@touchstone/operations';
import { Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves the alerts that were told, and takes acknowledgements of them. */
export const alertRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  serveEndpoint(app, deps, endpoints.listAlerts, async ({ query: { state, from, to, limit, cursor } }) => {
    const wanted = [...(await deps.alerts.list())]
      .filter(({ began, ended }) => {
        if (state !== undefined && (ended === null ? 'firing' : 'ended') !== state) return false;
        return (from === undefined || began >= from) && (to === undefined || began < to);
      })
      .sort(newestFirst);
    // An alert stays in its place, because its begin and its id never change.
    const start = cursor === undefined ? 0 : wanted.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && start === 0) {
      const message = 'must be the nextCursor of a page with the same filters';
      throw new Problem('invalid_query', `cursor: ${message}.`, { errors: [{ path: 'cursor', message }] });
    }
    const items = wanted.slice(start, start + limit);
    return { items, nextCursor: start + limit < wanted.length ? items.at(-1)!.id : null };
  });

  serveEndpoint(app, deps, endpoints.acknowledgeAlert, async ({ params, body }) => {
    const alert = await deps.alerts.acknowledge(params.id, body);
    if (alert === null) throw new Problem('not_found', `There is no alert ${params.id}: GET /v1/alerts lists them.`);
    return alert;
  });
};

function newestFirst(a: Alert, b: Alert): number {
  return b.began - a.began || (a.id < b.id ? -1 : 1);
}
