import { endpoints, type Told } from '@touchstone/api';
import {
  endedSession,
  type Key,
  type Keys,
  mayDo,
  Problem,
  refuseOtherPages,
  scopes,
  sessionCookie,
} from '@touchstone/runtime';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';

/** Serves who asks, sessions of pages, and what the process is configured with. */
export const accessRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const { keys, settings } = deps;
  serveEndpoint(app, deps, endpoints.getCaller, ({ caller }) => toldCaller(keys, caller));
  serveEndpoint(app, deps, endpoints.openSession, ({ body }, reply) => {
    refuseOtherSite(reply.request);
    if (keys === undefined) return toldCaller(keys, null);
    const key = keys.find(`Bearer ${body.key}`);
    if (key === undefined) {
      throw new Problem('unknown_key', 'No such key is in force. Is it whole? `pnpm touchstone key` makes one.');
    }
    reply.header('set-cookie', sessionCookie(body.key, cookieScope(reply.request)));
    return toldCaller(keys, key);
  });
  serveEndpoint(app, deps, endpoints.closeSession, (_, reply) => {
    refuseOtherSite(reply.request);
    reply.header('set-cookie', endedSession(cookieScope(reply.request)));
    return toldCaller(keys, null);
  });
  serveEndpoint(app, deps, endpoints.listKeys, () => ({ items: (keys?.all() ?? []).map(shownKey) }));
  serveEndpoint(app, deps, endpoints.getConfiguration, () => ({ items: [...settings] }));
};

/** A program that is no browser sends no `Origin`, and nobody can make it sign in or out. */
function refuseOtherSite(request: FastifyRequest): void {
  if (request.headers.origin !== undefined) refuseOtherPages(request);
}

function cookieScope({ protocol, server }: FastifyRequest) {
  return { path: server.basePath || '/', isSecure: protocol === 'https' };
}

function toldCaller(keys: Keys | undefined, key: Key | null): Told<typeof endpoints.getCaller> {
  if (keys === undefined) return { needsKey: false, name: null, scopes };
  return {
    needsKey: true,
    name: key?.name ?? null,
    scopes: scopes.filter((scope) => key !== null && mayDo(key, scope)),
  };
}

function shownKey({ name, scopes, sources }: Key): Told<typeof endpoints.listKeys>['items'][number] {
  return { name, scopes, sources: sources ?? null };
}
