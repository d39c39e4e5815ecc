import { type EventStore, EventStoreError, type EventStoreErrorCode } from '@touchstone/event-store';
import { Counter, type ReadinessCheck, type Registry } from '@touchstone/runtime';

export interface WatchedAppends {
  /** The store that is watched. */
  readonly store: EventStore;
  /** Fails while the last append failed for what the store lacks. Not needed: what is stored is read on, and taking the process away would end that too. */
  readonly check: ReadinessCheck;
  measure(registry: Registry): void;
}

/** Where nothing more is appended nobody knows whether it would fail again: a failure this long ago is told no more. */
const REMEMBERED_MS = 15 * 60_000;

const WORDS: Readonly<Partial<Record<EventStoreErrorCode, string>>> = {
  full: 'no room is left on its disk',
  unavailable: 'it did not answer, or its disk failed',
  locked: 'another process holds it',
  corrupt: 'it is damaged',
  sealed: 'it was copied to another place, or is being filled with a copy',
};

/** A store can be read and yet take nothing, which only who appends finds out: this remembers it for those who ask whether all is well. */
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
