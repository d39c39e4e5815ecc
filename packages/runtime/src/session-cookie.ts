import { parse, type SerializeOptions, serialize } from 'cookie';

/**
 * Name of the cookie that a page's requests carry in place of the header `Authorization`. It holds
 * the key itself, so that every process that knows the key knows the session, and both end at once.
 */
export const SESSION_COOKIE = 'touchstone-session';

/** The key in a `Cookie` header; undefined where there is no session. */
export function keyInCookie(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return parse(header)[SESSION_COOKIE] || undefined;
}

export interface CookieScope {
  /** Path of the site, such as `/` or `/touchstone`. */
  readonly path: string;
  /** True: the browser sends it over TLS alone. */
  readonly isSecure: boolean;
}

/** The `Set-Cookie` header of a session, which ends with the browser. */
export function sessionCookie(key: string, scope: CookieScope): string {
  return serialize(SESSION_COOKIE, key, attributesOf(scope));
}

/** The `Set-Cookie` header that ends a session. */
export function endedSession(scope: CookieScope): string {
  return serialize(SESSION_COOKIE, '', { ...attributesOf(scope), maxAge: 0 });
}

function attributesOf({ path, isSecure }: CookieScope): SerializeOptions {
  return { httpOnly: true, sameSite: 'strict', path, secure: isSecure };
}
