import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { PAGE_ROOMS, sendPage } from '@touchstone/runtime';
import type { FastifyInstance } from 'fastify';

const PAGE = 'index.html';
const YEAR_SECONDS = 31_536_000;

/**
 * Serves the dashboard's files at `/`, and its page at the addresses of its rooms, which then asks
 * the API. Without a built dashboard, `/` redirects to the page of the API.
 */
export async function serveDashboard(app: FastifyInstance, folder: string | undefined): Promise<void> {
  const schema = { hide: true };
  if (folder === undefined || !existsSync(join(folder, PAGE))) {
    if (folder !== undefined) app.log.warn({ folder }, 'there is no built dashboard here: / leads to /docs');
    app.get('/', { schema }, async (_request, reply) => reply.redirect('/docs'));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
    // The build writes a compressed copy beside each file.
    preCompressed: true,
    allowedPath: isBuilt,
    setHeaders: (response, path) => {
      // Asset names contain a hash of the content, so only the page itself must be revalidated each
      // time.
      const isAsset = path.startsWith(join(folder, 'assets/'));
      response.setHeader('cache-control', isAsset ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
    },
  });
  // A later build may add assets, so each file is looked up per request. A missing one is answered
  // as a problem, like every unknown address.
  app.get<{ Params: { '*': string } }>('/assets/*', { schema }, (request, reply) =>
    reply.sendFile(`assets/${request.params['*']}`),
  );
  for (const file of readdirSync(folder, { withFileTypes: true })) {
    if (!file.isFile() || !isBuilt(file.name) || file.name === PAGE) continue;
    app.get(`/${file.name}`, { schema }, (_request, reply) => reply.sendFile(file.name));
  }
  // At other addresses a browser gets the page with a 404.
  for (const url of ['/', `/${PAGE}`, ...PAGE_ROOMS.map((room) => `/${room}`), '/journeys/*', '/customers/*']) {
    app.get(url, { schema }, (_request, reply) => {
      const { basePath } = app;
      // A page with other addresses has no compressed copies.
      return basePath === '' ? reply.sendFile(PAGE) : sendPage(reply, 200, basePath, join(folder, PAGE));
    });
  }
}

/** False for hidden files, paths out of the folder, and the compressed copies. */
function isBuilt(path: string): boolean {
  return !/(?:^|\/)\.|\.(?:br|gz)$/.test(path);
}
