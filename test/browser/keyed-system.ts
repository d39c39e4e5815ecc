import { healthy, problem } from './canned-answers.ts';
import type { Answers, Canned } from './canned-system.ts';

const COOKIE = 'touchstone-session';

/** A healthy system in which one key is in force, `right` of a reader at first. */
export function keyed() {
  let key: string | null = 'right';
  let owner = { name: 'reader', scopes: ['read'] };
  /** Everything that the page sent as `Authorization`. */
  const headersSeen = new Set<string | undefined>();
  const nobody = { needsKey: true, name: null, scopes: [] };
  const lacks = (): Canned => problem(403, 'Forbidden', `The key ${owner.name} may not read.`, 'forbidden');
  const unknown = (): Canned => problem(401, 'Unauthorized', 'No such key is in force.', 'unknown_key');
  const answer: Answers = (url, { method, headers }, sent) => {
    headersSeen.add(headers.authorization);
    const isIn = key !== null && (headers.cookie ?? '').split('; ').includes(`${COOKIE}=${key}`);
    if (url.pathname === '/v1/me') return [200, isIn ? { needsKey: true, ...owner } : nobody];
    if (url.pathname !== '/v1/session') {
      if (!isIn) return unknown();
      return owner.scopes.includes('read') ? healthy(url) : lacks();
    }
    const cookie = (value: string) => `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict`;
    if (method === 'DELETE') return [200, nobody, { 'set-cookie': `${cookie('')}; Max-Age=0` }];
    if (JSON.parse(sent).key !== key) return unknown();
    return [200, { needsKey: true, ...owner }, { 'set-cookie': cookie(String(key)) }];
  };
  return {
    answer,
    headersSeen,
    revoke: () => {
      key = null;
    },
    put: (next: string, of: Partial<typeof owner> = {}) => {
      key = next;
      owner = { ...owner, ...of };
    },
  };
}
