import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

declare module 'fastify' {
  interface FastifyInstance {
    /** Path under which the site is, such as `/touchstone`; empty at the root of its host. */
    basePath: string;
  }
}

const LONGEST = 200;
/** A prefix that begins as our own paths do could not be told from them. */
const OWN = /^\/(?:v1|docs|assets|journeys|customers|promises|shared|healthz|readyz|metrics|openapi\.json)(?:\/|$)/;

/** Setting: the path under which a proxy publishes this server. */
export const basePath = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/, 'must be a path such as /touchstone, without a slash at its end')
  .max(LONGEST, `must be at most ${LONGEST} characters long`)
  .refine((path) => !OWN.test(path), 'must not begin as a path of Touchstone itself does: take another name');

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

/** The dashboard's HTML file, with its addresses under the prefix. */
export function pageUnder(base: string, file: string): Readable {
  return base === '' ? createReadStream(file) : Readable.from(rewritten(base, file), { objectMode: false });
}

async function* rewritten(base: string, file: string): AsyncGenerator<string> {
  const text = await readFile(file, 'utf8');
  yield text
    .replaceAll('="/assets/', `="${base}/assets/`)
    .replace('name="base-path" content=""', `name="base-path" content="${base}"`);
}
