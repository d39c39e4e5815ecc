/**
 * The part of EventStoreDB's protocol that the adapter uses, in plain values; `client.ts`
 * implements it.
 */

/** An event to append. */
export interface WireEvent {
  /** A UUID made before the first attempt and kept for every retry. */
  readonly eventId: string;
  readonly type: string;
  /** JSON text in UTF-8. */
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event as the server holds it. */
export interface WireRecord {
  /** The UUID that it was appended with. */
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly type: string;
  /** When the server wrote it, ms since 1970. */
  readonly createdAt: number;
  readonly data: string;
  readonly metadata: string;
}

export interface WireAppended {
  /** Revision of the last event of this append. */
  readonly revision: number;
  /** `undefined` if the server recognises a retry whose events have been scavenged since. */
  readonly position: bigint | undefined;
}

export type WireMessage =
  | { readonly kind: 'event'; readonly record: WireRecord }
  | { readonly kind: 'checkpoint'; readonly position: bigint }
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'caughtUp' }
  | { readonly kind: 'noStream' };

export type StreamFilter = { readonly prefix: string } | { readonly regex: string };

export type ReadRequest =
  /** Reads one stream: `from` is inclusive; `end` reads the last event. */
  | { readonly stream: string; readonly from: number | 'end'; readonly backwards?: boolean; readonly count: number }
  /**
   * Reads the whole log: `from` is inclusive forwards, exclusive backwards, and subscriptions start
   * after it.
   */
  | {
      readonly from: bigint | 'start' | 'end';
      readonly backwards?: boolean;
      readonly filter?: StreamFilter;
      readonly count: number | 'subscription';
    };

/**
 * An open read. `next` returns `undefined` at the end, and throws {@link EventStoreDbFailure}
 * `silent` if nothing came for `ms`.
 */
export interface WireRead {
  next(ms: number): Promise<WireMessage | undefined>;
  /**
   * Always call this: an abandoned read occupies one of the hundred calls that a connection
   * carries.
   */
  cancel(): void;
}

export interface WireClient {
  serverVersion(): Promise<string>;
  /**
   * Append at an exact expected revision; -1 means that the stream must not exist. Settles within
   * `ms`.
   */
  append(stream: string, expected: number, events: readonly WireEvent[], ms: number): Promise<WireAppended>;
  read(request: ReadRequest): Promise<WireRead>;
  dispose(): void;
}
