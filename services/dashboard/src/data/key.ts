import { useSyncExternalStore } from 'react';

/** Session storage, so that a key does not outlive the session of the person who typed it. */
const storageName = 'touchstone-key';

export type KeyState = 'enough' | 'needed' | 'refused';

const listeners = new Set<() => void>();
const keyListeners = new Set<() => void>();
let key = read();
let state: KeyState = 'enough';

export function currentKey(): string | null {
  return key;
}

/** Keeps the key, and lets the page repeat its requests with it. */
export function keepKey(given: string): void {
  key = given;
  state = 'enough';
  write(given);
  for (const listener of keyListeners) listener();
  tell();
}

export function forgetKey(): void {
  key = null;
  state = 'needed';
  write(null);
  for (const listener of keyListeners) listener();
  tell();
}

/** Calls the listener whenever a key is given or forgotten. */
export function onKeyChange(listener: () => void): void {
  keyListeners.add(listener);
}

/**
 * Called after a 401 to a request sent with the key `sent`. A late answer to an older key changes
 * nothing.
 */
export function keyWasNotEnough(sent: string | null): void {
  if (sent !== key) return;
  state = sent === null ? 'needed' : 'refused';
  tell();
}

export function useKeyState(): { readonly state: KeyState; readonly hasKey: boolean } {
  const now = useSyncExternalStore(subscribe, () => state);
  const hasKey = useSyncExternalStore(subscribe, () => key !== null);
  return { state: now, hasKey };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) listener();
}

// A browser that forbids storage throws on access. The key then lives as long as the page.
function read(): string | null {
  try {
    return sessionStorage.getItem(storageName);
  } catch {
    return null;
  }
}

function write(value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(storageName);
    else sessionStorage.setItem(storageName, value);
  } catch {
    // Nothing to do: see above.
  }
}
