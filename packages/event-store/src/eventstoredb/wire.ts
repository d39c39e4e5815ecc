/**
 * What the adapter asks of EventStoreDB's protocol, in plain values: `client.ts` speaks it.
 */

/** One event as it goes over the wire. */
export interface WireEvent {
  /** A UUID made before the first attempt and kept for every repetition. */
  readonly eventId: string;
  readonly type: string;
  /** JSON text in UTF-8. */
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** One event as the server holds it. */
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
  /** `undefined` when the server recognises a repeated append whose events have been scavenged since. */
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
  /** `from` is inclusive; `end` reads the last event. */
  | { readonly stream: string; readonly from: number | 'end'; readonly backwards?: boolean; readonly count: number }
  /** The whole log. Forwards `from` is inclusive, backwards exclusive; subscriptions start after it. */
  | {
      readonly from: bigint | 'start' | 'end';
      readonly backwards?: boolean;
      readonly filter?: StreamFilter;
      readonly count: number | 'subscription';
    };

/** An open read. `next` gives `undefined` at its end, and throws {@link EventStoreDbFailure} `silent` when nothing came for `ms`. */
export interface WireRead {
  next(ms: number): Promise<WireMessage | undefined>;
  /** Always call it: an abandoned read holds one of the hundred calls that a connection may carry. */
  cancel(): void;
}

export interface WireClient {
  serverVersion(): Promise<string>;
  /** Append with an exact expected revision; -1 expects that there is no stream. Settles within `ms`. */
  append(stream: string, expected: number, events: readonly WireEvent[], ms: number): Promise<WireAppended>;
  read(request: ReadRequest): Promise<WireRead>;
  dispose(): void;
}
