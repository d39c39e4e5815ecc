import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Key, type Keys, mayDo, type Scope } from './keys.ts';
import { isLoopback } from './loopback.ts';
import { Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is; null where no keys are in force, and on public routes called without one. */
    caller: Key | null;
  }
  interface FastifyContextConfig {
    /** What a key must allow. Left out: `admin` for routes under /v1, `public` for all others. */
    scope?: Scope | 'public';
  }
}

/**
 * Who may call what. With keys: each route of /v1 asks for its scope. Without: the server is open, listens on loopback alone, and
 * only answers requests that are addressed to loopback by name, come from no page of another site and through no proxy.
 */
export function guardAccess(app: FastifyInstance, keys: Keys | undefined): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    if (keys === undefined) refuseOtherSites(request);
    else if (request.headers.authorization !== undefined) {
      request.caller = keys.find(request.headers.authorization) ?? null;
    }
  });
  if (keys === undefined) return;
  app.addHook('onRoute', (route) => {
    const scope = scopeOf(route);
    if (scope === 'public') return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    // After the rate limit of the route, so that guessing keys is limited too.
    route.onRequest = [...before, async (request) => requireScope(request, scope)];
  });
}

/** Whose limits and turns a request counts for: those of its key, or of its address where there is none. */
export function callerName({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  return caller === null ? `address ${ip}` : `key ${caller.name}`;
}

/** What a key must allow for a route. */
export function scopeOf(route: {
  readonly url: string;
  readonly config?: { readonly scope?: Scope | 'public' } | undefined;
}): Scope | 'public' {
  return route.config?.scope ?? (route.url.startsWith('/v1/') ? 'admin' : 'public');
}

function requireScope(request: FastifyRequest, scope: Scope): void {
  const { caller } = request;
  if (caller === null) {
    const headers = { 'www-authenticate': 'Bearer realm="touchstone"' };
    if (request.headers.authorization === undefined) {
      throw new Problem('unauthenticated', 'Send a key: Authorization: Bearer tsk_…', { headers });
    }
    throw new Problem('unknown_key', 'No such key is in force. Is it whole, and sent as Authorization: Bearer tsk_…?', {
      headers: { 'www-authenticate': `${headers['www-authenticate']}, error="invalid_token"` },
    });
  }
  if (!mayDo(caller, scope)) {
    throw new Problem(
      'forbidden',
      `The key ${caller.name} has the scopes ${caller.scopes.join(', ')}; this needs ${scope}.`,
    );
  }
}

/** Every address of loopback, since HOST may be any: a name that others own is none of these. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** What proxies and tunnels add: whoever stands before them is not of this machine. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** It comes from a program of this machine, and from nobody behind it. */
export function isOfThisMachine({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): boolean {
  // An address of IPv4 may come as one of IPv6.
  return isLoopback(ip.replace(/^::ffff:/, '')) && PROXY_HEADERS.every((name) => headers[name] === undefined);
}

/**
 * An open server on loopback is within reach of every web page that the user visits: by a name that its owner resolves to
 * 127.0.0.1 (DNS rebinding), by a form posted across sites, or by requests whose answers it may not read, but which cost time.
 * A person who follows a link to it navigates.
 */
function refuseOtherSites(request: FastifyRequest): void {
  const { host, origin } = request.headers;
  if (host === undefined || !LOOPBACK_HOST.test(host)) {
    throw new Problem(
      'wrong_host',
      'Without keys only localhost, 127.0.0.1 (or another address of loopback) and [::1] are served under these very names.',
    );
  }
  const header = PROXY_HEADERS.find((name) => request.headers[name] !== undefined);
  if (header !== undefined) {
    throw new Problem(
      'through_proxy',
      `Without keys only programs of this machine are served, and the header ${header} says that a proxy stands before it: set TOUCHSTONE_KEYS.`,
    );
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && isNavigation(request)) return;
  const site = request.headers['sec-fetch-site'];
  if ((origin !== undefined && origin !== `http://${host}`) || site === 'cross-site' || site === 'same-site') {
    throw new Problem('cross_origin', 'Without keys, pages of other sites may neither write nor ask here.');
  }
}

/** A whole page is asked for, not a frame of another. */
function isNavigation({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && (headers['sec-fetch-dest'] ?? 'document') === 'document';
}
