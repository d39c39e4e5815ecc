import type { Caller } from '@touchstone/api';
import { ask, Problem } from './ask.ts';
import { beginSession, refuseSession } from './session.ts';
import { queries } from './use-answer.ts';

const CALLER = '/v1/me';
/** Name of whose session the present answers are of; null before the first. */
let nameBefore: string | null = null;

/**
 * Trades the key for a cookie, which no script reads, and keeps nothing of it. The same caller goes
 * on with what is there; another, who may not read the same, begins with a new page.
 * @throws Problem if the system does not answer.
 */
export async function signIn(key: string): Promise<void> {
  try {
    await ask<Caller>('/v1/session', { body: { key } });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    refuseSession('refused');
    return;
  }
  const caller = await ask<Caller>(CALLER);
  if (caller.needsKey && caller.name === null) {
    refuseSession('forgotten');
    return;
  }
  if (nameBefore !== null && nameBefore !== caller.name) {
    location.reload();
    return;
  }
  nameBefore = caller.name;
  beginSession();
  void queries.invalidateQueries();
}

/** Drops the cookie, and with a new page all that this one has read. */
export async function signOut(): Promise<void> {
  await ask<Caller>('/v1/session', { method: 'DELETE' });
  location.reload();
}

/** Tells whose answers the page has, if it was opened with a session that there was already. */
export function knowCaller({ name }: Caller): void {
  nameBefore ??= name;
}
