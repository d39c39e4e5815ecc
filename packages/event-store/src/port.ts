/**
 * The port of the event store: an append-only log of CloudEvents in named streams.
 *
 * The store knows streams, sources and ids; it does not know what a customer journey is.
 * Positions are the global order of the log: unique, strictly increasing, not necessarily dense.
 * Compare them as bigint; show them as decimal strings. `0n` is before the first event.
 */

/** One CloudEvent on its way into the log. */
export interface EventToAppend {
  /** Name of the stream, e.g. `customer-4711`. */
  readonly stream: string;
  /** CloudEvents `source` and `id`: together with the stream the identity of the event. */
  readonly source: string;
  readonly id: string;
  /** CloudEvents `type`. */
  readonly type: string;
  /** When it happened, ms since 1970. */
  readonly time: number;
  /**
   * The whole CloudEvent as JSON text (id, source, type, time, subject, data, extensions); its source, id and type are those given beside it, and
   * a store may keep them here alone. Two events of one identity have the same
   * content if `type`, `time` and `data` are deeply equal, whatever the order of keys; extensions (a trace id) may differ. `customerId` in `data`, which
   * repeats the stream, is no content, and a member that is null is as if it were not there.
   */
  readonly body: string;
}

/**
 * What the store decided about one event of an append. `conflict`: same identity, other content; the first stays. `full`: its stream is as long as it may
 * be (see {@link AppendOptions}), and holds no event of this identity. `tooLarge`: it alone has more bytes than the store takes at once, and no event of this
 * identity is there; only of published streams, for of the system's own nobody keeps rejections, and the append throws `refused`.
 * `erased`: its stream was deleted for good, and takes nothing any more; of published streams alone, too.
 */
export type Verdict = 'accepted' | 'duplicate' | 'conflict' | 'full' | 'tooLarge' | 'erased';

export interface AppendOptions {
  /** An event is stored only where its stream holds fewer events than this: one number for all events, or one for each. */
  readonly streamMax?: number | readonly number[] | undefined;
}

export interface AppendResult {
  /** One verdict per event, in the order given. */
  readonly verdicts: readonly Verdict[];
  /** Position of the last event in the log after this append: at or after every event of it, duplicates included. */
  readonly position: bigint;
}

/**
 * One event as the log holds it. `source`, `id` and `type` may be inherited and read out of the body when asked for: name them, for a spread
 * (`{ ...stored }`) leaves them out. Each is `''` where a damaged body does not say it. An event whose checksum does not hold is read with a body that is no JSON,
 * see `damaged-event.ts`, and `onDamaged` of the store is told of it.
 */
export interface StoredEvent extends EventToAppend {
  readonly position: bigint;
  /** When it was stored, ms since 1970. Never decreases along the log. */
  readonly recordedAt: number;
  /** What a server names this very writing of it by, where the store is one. */
  readonly mark?: string | undefined;
}

/** Something sent to us that did not become an event: kept with its payload and the reason. */
export interface Rejection {
  /** Why: `invalid_json`, `invalid_event`, `conflict`, … */
  readonly code: string;
  /** JSON text: `[{path, message}]`. */
  readonly errors: string;
  /** What was sent, as text; bytes that were not UTF-8 are replaced and `payloadBase64` holds them whole. */
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
  /** Increasing; the cursor of a listing. */
  readonly rejectionId: bigint;
  readonly rejectedAt: number;
  /** When a retry got it accepted (or found it stored already), ms since 1970. */
  readonly resolvedAt: number | null;
}

/** A listing ends early once it holds so many characters: what was sent may be large. */
export const REJECTIONS_LISTED_MAX = 8 * 1024 * 1024;

/** What rejections take, and how many have been given up for newer ones since the store was opened. */
export interface RejectionsSize {
  readonly bytes: number;
  readonly givenUp: number;
}

/** Counts that conservation is checked with. `published` are the events of streams that start with `customer-`. */
export interface StoreCounts {
  /** Events whose acceptance was recorded, by the ledger kept in the append's own transaction. */
  readonly accepted: number;
  /** Events that are in the log, counted there. */
  readonly stored: number;
}

/** A span of whole minutes, `[from, to)`, ms since 1970: of when events were recorded, not of when they happened. */
export interface MinuteSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * How many events, and which: two equal counts of different events differ in the `checksum`, the sum of
 * {@link positionChecksum} over them.
 */
export interface CountedEvents {
  readonly events: number;
  readonly checksum: number;
}

/** What one event adds to a checksum. Small enough that sums over ten thousand million events stay exact. */
export const CHECKSUM_MODULUS = 1_000_003;
export const positionChecksum = (position: bigint): number => Number(position % BigInt(CHECKSUM_MODULUS));

/** Of one source in one minute. Published events only. */
export interface MinuteCounts {
  /** Start of the minute, ms since 1970. */
  readonly minute: number;
  readonly source: string;
  /** What the store said of them when it stored them; see the adapter for what it rests on. */
  readonly accepted: number;
  /**
   * `null` in a store that does not keep them. Those of appends that stored nothing may be counted in a later minute, in which something was
   * stored.
   */
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly rejected: number | null;
  /** Counted from the events, never from what was said of them. */
  readonly stored: CountedEvents;
  /** Of those stored: up to and with each mark, in the order the marks were given. */
  readonly upTo: readonly CountedEvents[];
}

/** Where the events of a minute lie in the log: `(after, upTo]`, of all streams. */
export interface MinuteRange {
  readonly minute: number;
  readonly after: bigint;
  readonly upTo: bigint;
}

export interface CountedMinutes {
  /** The minutes in which something was stored, in order. Each begins where the one before ends, so they leave out no position. */
  readonly ranges: readonly MinuteRange[];
  /** By minute, then by source. */
  readonly counts: readonly MinuteCounts[];
}

export type SubscriptionItem =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  /** Everything that was in the log up to `position` has been delivered; sent each time the reader has caught up. */
  | { readonly kind: 'caughtUp'; readonly position: bigint };

export interface ReadOptions {
  /** Exclusive: the first event delivered comes after it. */
  readonly after?: bigint;
  /** Inclusive upper bound. */
  readonly upTo?: bigint;
  /** Events in one page, at most. */
  readonly pageSize?: number;
  /** Only streams whose name starts so. */
  readonly streamPrefix?: string;
  /**
   * What the reader had before, see `proofOf`: nothing is delivered of a log that does not hold it, at the beginning and after each break of a connection;
   * throws `diverged`.
   */
  readonly history?: string | undefined;
}

/** What was taken from the beginning of a stream, by whoever may delete and truncate there. */
export interface StreamCut {
  /** Position of the log up to which nothing of the stream is shown any more. */
  readonly upTo: bigint;
  /** When the first event that is left was recorded, ms since 1970; null where none is left. */
  readonly from: number | null;
  /** It was deleted for good: nothing more can be appended to it. */
  readonly isErased: boolean;
}

/** A part of one stream. */
export interface StreamRange {
  /** Exclusive. */
  readonly after?: bigint | undefined;
  /** Inclusive. */
  readonly upTo?: bigint | undefined;
  /** So many events are passed over first: of those after `after`. */
  readonly skip?: number | undefined;
}

/** A copy that is on its way. It is given up a minute after the last piece was asked for. */
export interface Backup {
  /** How long all pieces are together. */
  readonly bytes: number;
  /** Position of its last event. */
  readonly position: bigint;
  /** A file that `restoreLog` takes. Throws {@link EventStoreError} `unavailable` where the copy was given up, `closed` where the store was. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/**
 * The log. Every method may throw {@link EventStoreError}: `unavailable` is worth a retry (nothing of an append was stored, or the
 * append can be repeated safely because identities decide duplicates); the other codes are not.
 */
export interface EventStore {
  /** Names this log and no other. Made once, when it was first opened for writing; a backup that is put back has it too. */
  identity(): Promise<string>;

  /** Whether the log holds what this proof tells of, see `proofOf`. Not in a log that was put back to before it, nor in another. */
  holds(proof: string): Promise<boolean>;

  /**
   * Append all events, each with its own verdict; resolves once what it calls accepted is durable. Concurrent appends may share
   * one transaction. All or nothing: if it throws, nothing is promised and the same call may be repeated.
   */
  append(events: readonly EventToAppend[], options?: AppendOptions): Promise<AppendResult>;

  /** Bytes that the store takes at once, as far as it knows; absent where nothing but `EVENT_BYTES_MAX` bounds an event. */
  appendBytesMax?(): number;

  /** All events of one stream in log order; empty if there is no such stream. Of a stream that may be long read {@link EventStore.streamPages}. */
  readStream(stream: string, options?: StreamRange): Promise<StoredEvent[]>;

  /**
   * The same, page by page: some hundreds of events, or fewer where they are long. Between two pages others are served, and what was not asked
   * for is not read.
   */
  streamPages(stream: string, options?: StreamRange): AsyncIterable<readonly StoredEvent[]>;

  /** The log from a position, in pages of log order. Ends at the head as it was when the read began. */
  readAll(options?: ReadOptions): AsyncIterable<readonly StoredEvent[]>;

  /** The log from a position, and then whatever is appended. Ends when `signal` aborts. A slow reader slows only itself. */
  subscribe(options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem>;

  /**
   * What somebody who may do so in a server took from the beginning of a stream; null where nothing is missing. A stream that was deleted is read as empty. Absent
   * in a store that nobody else can cut.
   */
  cutOf?(stream: string): Promise<StreamCut | null>;

  /** Position of the last event; `0n` in an empty log. */
  head(): Promise<bigint>;

  /** Greatest `time` of an event whose stream starts with `customer-`; `null` in an empty log. */
  greatestTime(): Promise<number | null>;

  counts(): Promise<StoreCounts>;

  /** When the last event was recorded, ms since 1970; `null` in an empty log. No event to come will be recorded earlier. */
  lastRecordedAt(): Promise<number | null>;

  /**
   * What was accepted and what is stored, by minute and source, of one instant of the log. `marks` are positions at which `stored` is cut once more.
   * Throws `refused` if the span holds more than `eventsMax` events, before they are counted: a span of millions takes seconds, in slices between
   * which the store does its other work, and after each of which `signal` may end it with its reason.
   */
  countMinutes(
    options: MinuteSpan & {
      readonly marks?: readonly bigint[];
      readonly eventsMax?: number;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<CountedMinutes>;

  /** Keep what was not accepted; durable when it resolves. Shares transactions with appends. */
  keepRejections(rejections: readonly Rejection[]): Promise<readonly bigint[]>;
  /** In the order of their ids, at most `limit`; fewer where they are large (see {@link REJECTIONS_LISTED_MAX}), none only at the end. */
  listRejections(options: {
    readonly after?: bigint;
    readonly limit: number;
    /** Resolved ones too; by default only open ones. */
    readonly includeResolved?: boolean;
  }): Promise<KeptRejection[]>;
  getRejections(ids: readonly bigint[]): Promise<KeptRejection[]>;
  resolveRejections(ids: readonly bigint[]): Promise<void>;
  /** Absent in a store whose server bounds what it keeps. */
  rejectionsSize?(): Promise<RejectionsSize>;

  /**
   * A copy of the log as it is now, its rejections and counts with it; appends go on. Absent in a store whose server has a backup of its own. Throws `refused`
   * while another backup is under way.
   */
  backup?(): Promise<Backup>;

  /** Finish what was begun and release the store. Idempotent. */
  close(): Promise<void>;
}

export type EventStoreErrorCode =
  /** Another process has the store open. */
  | 'locked'
  /** The store's file is damaged, or is not a store. */
  | 'corrupt'
  /** No room left: nothing of the append was stored. */
  | 'full'
  /** Not reachable, or too slow: worth a retry. */
  | 'unavailable'
  /** The store will not do it however often it is asked: an event too large, no permission, a server too old. Nothing was stored. */
  | 'refused'
  /** The log does not hold any more what was read of it: it was put back from a backup, or is another. */
  | 'diverged'
  /** It was copied to another place, or is being filled with a copy, and takes nothing; the message says where. */
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

/** The store will not do what was asked, however often. */
export function isRefused(error: unknown): error is EventStoreError {
  return error instanceof EventStoreError && error.code === 'refused';
}
