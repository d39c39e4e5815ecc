import { endpoints } from '@touchstone/api';
import type { AlertTarget } from '@touchstone/operations';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves the targets of alerts; their secrets are never shown. */
export const targetRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { targets, sendings } = deps;

  async function shown(target: AlertTarget) {
    const { secret, id: _id, since: _since, ...others } = target;
    const { doneTo: _doneTo, ...told } = await sendings.of(target);
    return { ...others, isSigned: secret !== undefined, ...told };
  }

  serveEndpoint(app, deps, endpoints.listTargets, async () => {
    const items = [];
    for (const target of await targets.list()) items.push(await shown(target));
    return { items };
  });
  serveEndpoint(app, deps, endpoints.getTarget, async ({ params }) => shown(await targets.find(params.name)));
  serveEndpoint(app, deps, endpoints.putTarget, async ({ params, body }) =>
    shown(await targets.put(params.name, body)),
  );
  serveEndpoint(app, deps, endpoints.deleteTarget, async ({ params }) => shown(await targets.delete(params.name)));
};
