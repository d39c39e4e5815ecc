import { healthy, problem } from './canned-answers.ts';
import type { Answers, Canned } from './canned-system.ts';

const COOKIE = 'touchstone-session';

/** A healthy system in which one key is in force, `right` at first. */
export function keyed() {
  let key: string | null = 'right';
  /** Everything that the page sent as `Authorization`. */
  const headersSeen = new Set<string | undefined>();
  const caller = (name: string | null) => ({ needsKey: true, name, scopes: name === null ? [] : ['read'] });
  const unknown = (): Canned => problem(401, 'Unauthorized', 'No such key is in force.', 'unknown_key');
  const answer: Answers = (url, { method, headers }, sent) => {
    headersSeen.add(headers.authorization);
    const isIn = key !== null && (headers.cookie ?? '').split('; ').includes(`${COOKIE}=${key}`);
    if (url.pathname === '/v1/me') return [200, caller(isIn ? 'reader' : null)];
    if (url.pathname !== '/v1/session') return isIn ? healthy(url) : unknown();
    const cookie = (value: string) => `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict`;
    if (method === 'DELETE') return [200, caller(null), { 'set-cookie': `${cookie('')}; Max-Age=0` }];
    if (JSON.parse(sent).key !== key) return unknown();
    return [200, caller('reader'), { 'set-cookie': cookie(String(key)) }];
  };
  return {
    answer,
    headersSeen,
    revoke: () => {
      key = null;
    },
    put: (next: string) => {
      key = next;
    },
  };
}
