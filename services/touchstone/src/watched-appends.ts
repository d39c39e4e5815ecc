import { type EventStore, EventStoreError, type EventStoreErrorCode } from '@touchstone/event-store';
import { Counter, type ReadinessCheck, type Registry } from '@touchstone/runtime';

export interface WatchedAppends {
  /** The store with its appends watched. */
  readonly store: EventStore;
  /**
   * Fails while the last append failed because of what the store lacks. Not needed for readiness,
   * because reads still work and a restart would end them.
   */
  readonly check: ReadinessCheck;
  measure(registry: Registry): void;
}

/**
 * A failure older than this is no longer reported: without newer appends nobody knows whether it
 * persists.
 */
const REMEMBERED_MS = 15 * 60_000;

const WORDS: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  full: 'no room is left on its disk',
  unavailable: 'it did not answer, or its disk failed',
  locked: 'another process holds it',
  corrupt: 'it is damaged',
  sealed: 'it was copied to another place, or is being filled with a copy',
};

/**
 * A store may be readable yet reject writes, which only appends discover. This wrapper remembers
 * such a failure for the readiness check.
 */
export function watchedAppends(store: EventStore, now: () => number = Date.now): WatchedAppends {
  let fault: { readonly why: string; readonly at: number } | null = null;
  let count = (_code: EventStoreErrorCode): void => {};
  return {
    store: {
      ...store,
      append: async (...of) => {
        try {
          const result = await store.append(...of);
          fault = null;
          return result;
        } catch (error) {
          if (error instanceof EventStoreError) {
            const why = WORDS[error.code];
            if (why !== undefined) fault = { why, at: now() };
            count(error.code);
          }
          throw error;
        }
      },
    },
    check: {
      name: 'event store appends',
      isNeeded: false,
      run: () =>
        fault === null || now() - fault.at > REMEMBERED_MS
          ? undefined
          : `nothing could be appended at ${new Date(fault.at).toISOString()}: ${fault.why}`,
    },
    measure(registry) {
      const failures = new Counter({
        name: 'touchstone_append_failures_total',
        help: 'Appends to the event store that failed, by why: full, unavailable, refused, locked, corrupt, sealed, closed. Nothing of them was acknowledged.',
        labelNames: ['code'],
        registers: [registry],
      });
      count = (code) => failures.inc({ code });
    },
  };
}
