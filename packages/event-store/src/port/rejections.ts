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

/** The inputs that were not accepted, kept beside the log. */
export interface Rejections {
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
}
