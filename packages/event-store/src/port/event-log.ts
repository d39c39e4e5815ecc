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
export type AppendOutcome = 'accepted' | 'duplicate' | 'conflict' | 'full' | 'tooLarge' | 'erased';

export interface AppendOptions {
  /**
   * Stores an event only if its stream holds fewer events than this: one number for all, or one per
   * event.
   */
  readonly streamMax?: number | readonly number[] | undefined;
}

export interface AppendResult {
  /** One outcome per event, in the order given. */
  readonly outcomes: readonly AppendOutcome[];
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

/** The log itself: streams of events, and all of them in one order. */
export interface EventLog {
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
   * Append all events, each with its own outcome; resolves once every accepted event is durable,
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
   * {@link EventLog.streamPages} for streams that may be long.
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

  /**
   * When the last event was recorded, ms since 1970; `null` in an empty log. Later events are never
   * recorded earlier.
   */
  lastRecordedAt(): Promise<number | null>;
}
