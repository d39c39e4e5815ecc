export type EventStoreErrorCode =
  /** Another process has the store open. */
  | 'locked'
  /** The store's file is damaged, or is not a store. */
  | 'corrupt'
  /** No room left: nothing of the append was stored. */
  | 'full'
  /** Unreachable or too slow; worth a retry. */
  | 'unavailable'
  /**
   * The store will never do it: an event too large, no permission, a server too old. Nothing was
   * stored.
   */
  | 'refused'
  /**
   * The log no longer holds the events read of it before: it was restored from a backup, or is
   * another log.
   */
  | 'diverged'
  /**
   * The log was copied to another place, or is being filled with a copy, and takes no events. The
   * message says where.
   */
  | 'sealed'
  | 'closed';

export class EventStoreError extends Error {
  override readonly name = 'EventStoreError';
  readonly code: EventStoreErrorCode;
  constructor(code: EventStoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the store refused the call for good. */
export function isRefused(error: unknown): error is EventStoreError {
  return error instanceof EventStoreError && error.code === 'refused';
}
