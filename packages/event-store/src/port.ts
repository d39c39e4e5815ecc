import type { Counts } from './port/counts.ts';
import type { EventLog } from './port/event-log.ts';
import type { Rejections } from './port/rejections.ts';

/**
 * The port of the event store: an append-only log of CloudEvents in named streams, which knows
 * streams, sources and ids but not what a customer journey is. Positions are the global order of
 * the log: unique, strictly increasing, not necessarily dense; `0n` is before the first event;
 * compare them as bigint and show them as decimal strings.
 */

export * from './port/counts.ts';
export * from './port/event-log.ts';
export * from './port/event-store-error.ts';
export * from './port/rejections.ts';

/** A backup being streamed; the store aborts it a minute after the last piece was requested. */
export interface Backup {
  /** Total bytes of all pieces. */
  readonly bytes: number;
  /** Position of the last event in the copy. */
  readonly position: bigint;
  /**
   * The bytes of a file that `restoreLog` takes. Throws {@link EventStoreError}: `unavailable` if
   * the copy was aborted, `closed` if the store was closed.
   */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * The log, its rejections and its counts. Every method may throw {@link EventStoreError}: only
 * `unavailable` is worth a retry, since either nothing of an append was stored or repeating it is
 * safe (identities decide duplicates).
 */
export interface EventStore extends EventLog, Rejections, Counts {
  /**
   * A copy of the log as it is now, with its rejections and counts, while appends go on. Absent in
   * a store whose server has its own backup; throws `refused` while another backup runs.
   */
  backup?(): Promise<Backup>;

  /** Finish pending work and release the store. Idempotent. */
  close(): Promise<void>;
}
