import type { Caller } from '@touchstone/api';
import { ask, Problem } from './ask.ts';
import { beginSession, endSession, refuseSession } from './session.ts';
import { queries } from './use-answer.ts';

const CALLER = '/v1/me';
/** Name of whose session the present answers are of; null before the first. */
let nameBefore: string | null = null;

/**
 * Trades the key for a cookie, which no script reads, and keeps nothing of it. The same caller goes
 * on with the answers that are there; another key may have other permissions.
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
  const isSame = nameBefore === null || nameBefore === caller.name;
  nameBefore = caller.name;
  beginSession();
  if (isSame) void queries.invalidateQueries();
  else void queries.resetQueries();
}

/** Drops the cookie, and all that the page has read. */
export async function signOut(): Promise<void> {
  await ask<Caller>('/v1/session', { method: 'DELETE' });
  nameBefore = null;
  endSession();
  queries.clear();
}

/** Tells whose answers the page has, if it was opened with a session that there was already. */
export function knowCaller({ name }: Caller): void {
  nameBefore ??= name;
}
