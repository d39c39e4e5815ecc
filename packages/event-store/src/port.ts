/**
 * The port of the event store: an append-only log of CloudEvents in named streams, which knows
 * streams, sources and ids but not what a customer journey is. Positions are the global order of
 * the log: unique, strictly increasing, not necessarily dense; `0n` is before the first event;
 * compare them as bigint and show them as decimal strings.
 */

/** One CloudEvent on its way into the log. */
export interface EventToAppend {
  /** Name of the stream, e.g. `customer-4711`. */
  readonly stream: string;
  /** CloudEvents `source` and `id`; together with the stream they identify the event. */
  readonly source: string;
  readonly id: string;
  /** CloudEvents `type`. */
  readonly type: string;
  /** When it happened, ms since 1970. */
  readonly time: number;
  /**
   * The whole CloudEvent as JSON text (id, source, type, time, subject, data, extensions); its
   * source, id and type equal the members beside it, and a store may keep them here alone.
   *
   * Two events of one identity have the same content if `type`, `time` and `data` are deeply equal,
   * whatever the order of keys; extensions (a trace id) may differ, `customerId` in `data` is
   * ignored because it repeats the stream, and a null member equals an absent one.
   */
  readonly body: string;
}

/**
 * The store's decision about one event of an append:
 * - `conflict`: same identity, other content; the first event stays
 * - `full`: the stream has reached its limit (see {@link AppendOptions}) and holds no event of
 *   this identity
 * - `tooLarge`: the event alone exceeds the bytes that the store takes at once, and no event of
 *   this identity is there; for published streams only, since an append to a system stream throws
 *   `refused`
 * - `erased`: the stream was deleted for good and takes no more events; for published streams
 *   only
 */
export type Verdict = 'accepted' | 'duplicate' | 'conflict' | 'full' | 'tooLarge' | 'erased';

export interface AppendOptions {
  /**
   * Stores an event only if its stream holds fewer events than this: one number for all, or one per
   * event.
   */
  readonly streamMax?: number | readonly number[] | undefined;
}

export interface AppendResult {
  /** One verdict per event, in the order given. */
  readonly verdicts: readonly Verdict[];
  /**
   * Position of the log's last event after this append, at or after every event of it, duplicates
   * included.
   */
  readonly position: bigint;
}

/**
 * One event as the log holds it; an event whose checksum does not match is read with a body that is
 * no JSON (see `damaged-event.ts`) and reported to the store's `onDamaged`. `source`, `id` and
 * `type` may be inherited getters that read the body (`''` where a damaged body lacks them): copy
 * them by name, because a spread (`{ ...stored }`) leaves them out.
 */
export interface StoredEvent extends EventToAppend {
  readonly position: bigint;
  /** When the store recorded it, ms since 1970; never decreases along the log. */
  readonly recordedAt: number;
  /** A server's own identifier of this very record, for stores that are servers. */
  readonly mark?: string | undefined;
}

/** An input that did not become an event, kept with its payload and the reason. */
export interface Rejection {
  /** Reason: `invalid_json`, `invalid_event`, `conflict`, … */
  readonly code: string;
  /** JSON text: `[{path, message}]`. */
  readonly errors: string;
  /**
   * The input as text; bytes that were not UTF-8 are replaced, and `payloadBase64` holds the
   * original.
   */
  readonly payload: string;
  readonly payloadBase64?: string | undefined;
  /** Id, source and subject, where they could be read. */
  readonly eventId?: string | undefined;
  readonly source?: string | undefined;
  readonly subject?: string | undefined;
  /** `http`, or `kafka:topic/partition/offset`. */
  readonly origin: string;
}

export interface KeptRejection extends Rejection {
  /** Increasing; cursor for listings. */
  readonly rejectionId: bigint;
  readonly rejectedAt: number;
  /** When a retry succeeded or found the event stored already, ms since 1970. */
  readonly resolvedAt: number | null;
}

/** Characters after which a listing ends early, since payloads may be large. */
export const REJECTIONS_LISTED_MAX = 2 * 1024 * 1024;

/**
 * Size of the kept rejections, and how many were evicted for newer ones since the store was opened.
 */
export interface RejectionsSize {
  readonly bytes: number;
  readonly givenUp: number;
}

/**
 * Counts of the published events (streams that start with `customer-`), to check that none is lost.
 */
export interface StoreCounts {
  /** Events whose acceptance was recorded, in counts kept by the append's own transaction. */
  readonly accepted: number;
  /** Events counted in the log itself. */
  readonly stored: number;
}

/**
 * A span of whole minutes, `[from, to)`, ms since 1970, of the times when events were recorded, not
 * when they happened.
 */
export interface MinuteSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * A count of events with a checksum: two equal counts of different events differ in `checksum`, the
 * sum of {@link positionChecksum} over them.
 */
export interface CountedEvents {
  readonly events: number;
  readonly checksum: number;
}

/** Modulus of one event's checksum. Sums over ten thousand million events stay exact. */
export const CHECKSUM_MODULUS = 1_000_003;
export const positionChecksum = (position: bigint): number => Number(position % BigInt(CHECKSUM_MODULUS));

/** Counts of one source in one minute, published events only. */
export interface MinuteCounts {
  /** Start of the minute, ms since 1970. */
  readonly minute: number;
  readonly source: string;
  /** Counted from the store's verdicts as it gave them; the adapter says where it keeps them. */
  readonly accepted: number;
  /**
   * `null` in a store that does not keep them. Duplicates, conflicts and rejections of an append
   * that stored nothing may be counted in a later minute, in which something was stored.
   */
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly rejected: number | null;
  /** Counted from the events in the log, never from the verdicts. */
  readonly stored: CountedEvents;
  /** The stored events up to and including each mark, in the order the marks were given. */
  readonly upTo: readonly CountedEvents[];
}

/** Where the events of a minute lie in the log, of all streams: `(after, upTo]`. */
export interface MinuteRange {
  readonly minute: number;
  readonly after: bigint;
  readonly upTo: bigint;
}

export interface CountedMinutes {
  /**
   * The minutes in which something was stored, in order. Each range begins where the one before
   * ends, so that no position is left out.
   */
  readonly ranges: readonly MinuteRange[];
  /** Ordered by minute, then by source. */
  readonly counts: readonly MinuteCounts[];
}

export type SubscriptionItem =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  /**
   * Everything in the log up to `position` has been delivered. Sent each time the reader has caught
   * up.
   */
  | { readonly kind: 'caughtUp'; readonly position: bigint };

export interface ReadOptions {
  /** Exclusive: the first event delivered comes after it. */
  readonly after?: bigint;
  /** Inclusive upper bound. */
  readonly upTo?: bigint;
  /** Events in one page, at most. */
  readonly pageSize?: number;
  /** Delivers only streams whose name starts with this. */
  readonly streamPrefix?: string;
  /**
   * Proof of the last event that the reader has, see `proofOf`. The store delivers nothing of a log
   * that does not hold it, checked at the start and after each reconnection; throws `diverged`.
   */
  readonly history?: string | undefined;
}

/**
 * The part removed from the beginning of a stream by somebody with the right to delete and
 * truncate.
 */
export interface StreamCut {
  /** Position of the log up to which the stream shows no events any more. */
  readonly upTo: bigint;
  /** When the first remaining event was recorded, ms since 1970; null if none remains. */
  readonly from: number | null;
  /** The stream was deleted for good: nothing more can be appended to it. */
  readonly isErased: boolean;
}

/** A part of one stream. */
export interface StreamRange {
  /** Exclusive. */
  readonly after?: bigint | undefined;
  /** Inclusive. */
  readonly upTo?: bigint | undefined;
  /** Number of events after `after` to skip. */
  readonly skip?: number | undefined;
}

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
 * The log. Every method may throw {@link EventStoreError}: only `unavailable` is worth a retry,
 * since either nothing of an append was stored or repeating it is safe (identities decide
 * duplicates).
 */
export interface EventStore {
  /**
   * Unique name of this log, made when it is first opened for writing. A restored backup has the
   * same name.
   */
  identity(): Promise<string>;

  /**
   * Whether the log holds the event of this proof, see `proofOf`. False for a log restored to a
   * state before it, and for another log.
   */
  holds(proof: string): Promise<boolean>;

  /**
   * Append all events, each with its own verdict; resolves once every accepted event is durable,
   * and may share a transaction with concurrent appends. All or nothing: if it throws, nothing is
   * promised and the caller may repeat the same call.
   */
  append(events: readonly EventToAppend[], options?: AppendOptions): Promise<AppendResult>;

  /**
   * Most bytes that the store takes at once, as far as known; absent where only `EVENT_BYTES_MAX`
   * bounds an event.
   */
  appendBytesMax?(): number;

  /**
   * All events of one stream in log order; empty if there is no such stream. Use
   * {@link EventStore.streamPages} for streams that may be long.
   */
  readStream(stream: string, options?: StreamRange): Promise<StoredEvent[]>;

  /**
   * The same in pages of some hundreds of events, fewer where they are long. The store serves other
   * callers between pages and reads only the pages that the caller asks for.
   */
  streamPages(stream: string, options?: StreamRange): AsyncIterable<readonly StoredEvent[]>;

  /** The log from a position, in pages of log order, up to the head at the time the read began. */
  readAll(options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;

  /**
   * The log from a position, then each new event, until `signal` aborts. A slow reader delays only
   * itself.
   */
  subscribe(options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem>;

  /**
   * The part missing from the beginning of a stream because somebody with the right to do so
   * removed it; null if nothing is missing (a deleted stream reads as empty). Absent in a store
   * that nobody else can cut.
   */
  cutOf?(stream: string): Promise<StreamCut | null>;

  /** Position of the last event; `0n` in an empty log. */
  head(): Promise<bigint>;

  /** Greatest `time` of an event whose stream starts with `customer-`; `null` in an empty log. */
  greatestTime(): Promise<number | null>;

  counts(): Promise<StoreCounts>;

  /**
   * When the last event was recorded, ms since 1970; `null` in an empty log. Later events are never
   * recorded earlier.
   */
  lastRecordedAt(): Promise<number | null>;

  /**
   * Accepted and stored events by minute and source, of one instant of the log; `stored` is also
   * counted up to each position of `marks`. Throws `refused` before counting if the span holds more
   * than `eventsMax` events, and the reason of `signal` if it aborts: a span of millions takes
   * seconds, in slices between which the store does its other work.
   */
  countMinutes(
    options: MinuteSpan & {
      readonly marks?: readonly bigint[];
      readonly eventsMax?: number;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<CountedMinutes>;

  /**
   * Keep inputs that were not accepted; durable when it resolves. Shares transactions with appends.
   */
  keepRejections(rejections: readonly Rejection[]): Promise<readonly bigint[]>;
  /**
   * Lists rejections by ascending id, at most `limit`, fewer where they are large (see
   * {@link REJECTIONS_LISTED_MAX}). An empty list means the end.
   */
  listRejections(options: {
    readonly after?: bigint;
    readonly limit: number;
    /** Includes resolved ones; by default only open ones are listed. */
    readonly includeResolved?: boolean;
  }): Promise<KeptRejection[]>;
  getRejections(ids: readonly bigint[]): Promise<KeptRejection[]>;
  resolveRejections(ids: readonly bigint[]): Promise<void>;
  /** Absent in a store whose server itself bounds the rejections it keeps. */
  rejectionsSize?(): Promise<RejectionsSize>;

  /**
   * A copy of the log as it is now, with its rejections and counts, while appends go on. Absent in
   * a store whose server has its own backup; throws `refused` while another backup runs.
   */
  backup?(): Promise<Backup>;

  /** Finish pending work and release the store. Idempotent. */
  close(): Promise<void>;
}

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
