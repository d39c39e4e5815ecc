import type { FastifyInstance } from 'fastify';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { Problem } from './problem.ts';

/**
 * Answers a known path with another method by 405 and `Allow` instead of 404, and answers OPTIONS
 * of known paths. It knows the routes registered after it, and decides before a body is read.
 */
export function answerOtherMethods(app: FastifyInstance, options: { readonly maxParamLength: number }): void {
  const router = findMyWay(options);
  const methods = new Set<HTTPMethod>();
  const nothing = () => {};
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat() as HTTPMethod[]) {
      if (router.hasRoute(each, url)) continue;
      router.on(each, url, nothing);
      methods.add(each);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const taken = [...methods].filter((method) => router.find(method, request.url) !== null).sort();
    if (taken.length === 0) return;
    const allow = [...taken, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    const path = request.url.split('?', 1)[0]!.slice(0, 200);
    throw new Problem('method_not_allowed', `${path} takes ${taken.join(', ')}, not ${request.method}; see /docs.`, {
      headers: { allow },
    });
  });
}
