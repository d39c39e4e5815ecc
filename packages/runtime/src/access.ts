import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Key, type Keys, mayDo, type Scope } from './keys.ts';
import { isLoopback } from './loopback.ts';
import { Problem } from './problem.ts';
import { keyInCookie } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The key that the request was sent with; null if no keys are configured, or on public routes
     * without one.
     */
    caller: Key | null;
    /** True: the request named its key by the cookie of a session. */
    isOfSession: boolean;
  }
  interface FastifyContextConfig {
    /**
     * The scope that a key needs. Default: `admin` for routes under /v1, `public` for all others.
     */
    scope?: Scope | 'public';
  }
}

/**
 * Guards every route. With keys, each route of /v1 requires its scope; without keys, the server
 * listens on loopback alone and answers only requests that name a loopback host, come from no page
 * of another site and passed no proxy.
 */
export function guardAccess(app: FastifyInstance, keys: Keys | undefined): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('isOfSession', false);
  app.addHook('onRequest', async (request) => {
    if (keys === undefined) refuseOtherSites(request);
    else findCaller(request, keys);
  });
  if (keys === undefined) return;
  app.addHook('onRoute', (route) => {
    const scope = scopeOf(route);
    if (scope === 'public') return;
    const before = route.onRequest === undefined ? [] : [route.onRequest].flat();
    // Runs after the route's rate limit, so that guessing keys is limited too.
    route.onRequest = [...before, async (request) => requireScope(request, scope)];
  });
}

/** Finds the key in the header, or in the cookie, which counts for our own pages alone. */
function findCaller(request: FastifyRequest, keys: Keys): void {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    request.caller = keys.find(authorization) ?? null;
    return;
  }
  const key = keyInCookie(cookie);
  if (key === undefined) return;
  request.isOfSession = true;
  request.caller = keys.find(`Bearer ${key}`) ?? null;
  if (request.caller !== null) refuseOtherPages(request);
}

/**
 * Refuses a request that the page of another site may have caused, where the browser adds what the
 * user is known by. Pages of another port or subdomain are other sites here.
 */
export function refuseOtherPages(request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && isNavigation(request)) return;
  const isOwn = origin === undefined ? site === 'same-origin' || (isRead && isNoPage(site)) : isHostOf(request, origin);
  if (isOwn) return;
  throw new Problem(
    'cross_origin',
    'With a session only pages of this very address may write and ask. A proxy in between must pass the header Host on.',
  );
}

/** True for the address bar, and for programs that are no browsers. */
function isNoPage(site: string | string[] | undefined): boolean {
  return site === undefined || site === 'none';
}

function isHostOf({ host }: FastifyRequest, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}

/**
 * The name under which a request counts for rate limits and queues: its key, or its address if it
 * has none.
 */
export function callerName({ caller, ip }: Pick<FastifyRequest, 'caller' | 'ip'>): string {
  return caller === null ? `address ${ip}` : `key ${caller.name}`;
}

/** The scope that a key needs for a route. */
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
    if (request.isOfSession) {
      throw new Problem('unknown_key', 'The key of this session is no longer in force: sign in again.', { headers });
    }
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

/**
 * Every loopback address, since HOST may be any of them. A DNS name that somebody else controls
 * never matches.
 */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/** Headers that proxies and tunnels add: a request with one comes from another machine. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/** True if a program on this machine sent the request for itself, not as a proxy. */
export function isOfThisMachine({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): boolean {
  // Node may report an IPv4 address in its IPv6-mapped form.
  return isLoopback(ip.replace(/^::ffff:/, '')) && PROXY_HEADERS.every((name) => headers[name] === undefined);
}

/**
 * Protects an open server on loopback from web pages that the user visits: DNS rebinding, forms
 * posted across sites, and requests whose answers the page may not read but which cost time. It
 * lets a person follow a link to the server (a navigation).
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

/** True if the browser loads a whole page, not a frame within another. */
function isNavigation({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && (headers['sec-fetch-dest'] ?? 'document') === 'document';
}
