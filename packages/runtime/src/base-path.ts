import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';

declare module 'fastify' {
  interface FastifyInstance {
    /** Path under which the site is, such as `/touchstone`; empty at the root of its host. */
    basePath: string;
  }
}

const LONGEST = 200;
/** First parts of the addresses of the dashboard's rooms. */
export const PAGE_ROOMS = [
  'journeys',
  'customers',
  'touchpoints',
  'promises',
  'drivers',
  'definitions',
  'system',
] as const;
/** A prefix that begins as our own paths do could not be told from them. */
const OWN = new Set([
  ...PAGE_ROOMS,
  ...['v1', 'docs', 'assets', 'shared', 'healthz', 'readyz', 'metrics', 'openapi.json', 'index.html'],
]);

/** Setting: the path under which a proxy publishes this server. */
export const basePath = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/, 'must be a path such as /touchstone, without a slash at its end')
  .max(LONGEST, `must be at most ${LONGEST} characters long`)
  .refine(
    (path) => !OWN.has(path.split('/')[1] ?? ''),
    'must not begin as a path of Touchstone itself does: take another name',
  );

/**
 * The address within the site. One without the prefix stays as it is, because the proxy may have
 * taken the prefix off, and probes ask without it.
 */
export function withoutBasePath(base: string, url: string): string {
  if (base === '' || !url.startsWith(base)) return url;
  const rest = url.slice(base.length);
  if (rest === '') return '/';
  if (rest.startsWith('/')) return rest;
  return rest.startsWith('?') ? `/${rest}` : url;
}

/**
 * Makes redirects to addresses of this site keep its prefix. Routes, and the rules of access to
 * them, know addresses without the prefix alone.
 */
export function keepBasePath(app: FastifyInstance, base: string): void {
  app.decorate('basePath', base);
  if (base === '') return;
  app.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', base + location);
  });
}

/** Answers with the dashboard's HTML file, its addresses under the prefix. */
export function sendPage(reply: FastifyReply, status: number, base: string, file: string): FastifyReply {
  const page = base === '' ? createReadStream(file) : Readable.from(rewritten(base, file), { objectMode: false });
  return reply.code(status).type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
}

async function* rewritten(base: string, file: string): AsyncGenerator<string> {
  const text = await readFile(file, 'utf8');
  yield text
    .replaceAll('="/assets/', `="${base}/assets/`)
    .replace('name="base-path" content=""', `name="base-path" content="${base}"`);
}
