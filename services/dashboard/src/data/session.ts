import { useSyncExternalStore } from 'react';

/**
 * `needed`: nobody has signed in; `refused`: with a key that is not in force; `forgotten`: the
 * browser kept no cookie; `ended`: the key ended while the page was in use.
 */
export type SessionState = 'enough' | 'needed' | 'refused' | 'forgotten' | 'ended';

interface Session {
  readonly state: SessionState;
  /** Whether the page has shown something that needs a key, and can go on where it was. */
  readonly wasIn: boolean;
  /** Counts the times that somebody signed in. */
  readonly round: number;
}

const listeners = new Set<() => void>();
let session: Session = { state: 'enough', wasIn: false, round: 0 };

export const currentRound = (): number => session.round;
export const isSignedIn = (): boolean => session.state === 'enough';

/**
 * Called when a request of the round `sent` that needs a key was answered. A late answer to an
 * earlier session changes nothing.
 */
export function sessionHolds(sent: number): void {
  if (sent === session.round && !session.wasIn) change({ wasIn: true });
}

/** Called after a 401 to a request of the round `sent`; a late one changes nothing either. */
export function sessionWasNotEnough(sent: number): void {
  if (sent !== session.round || session.state !== 'enough') return;
  change({ state: session.wasIn ? 'ended' : 'needed' });
}

export function beginSession(): void {
  change({ state: 'enough', round: session.round + 1 });
}

export function refuseSession(state: 'refused' | 'forgotten'): void {
  change({ state });
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(changes: Partial<Session>): void {
  session = { ...session, ...changes };
  for (const listener of listeners) listener();
}
