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
  /** Counted from the store's outcomes as it gave them; the adapter says where it keeps them. */
  readonly accepted: number;
  /**
   * `null` in a store that does not keep them. Duplicates, conflicts and rejections of an append
   * that stored nothing may be counted in a later minute, in which something was stored.
   */
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly rejected: number | null;
  /** Counted from the events in the log, never from the outcomes. */
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

/** Counts of the published events, by which conservation is shown. */
export interface Counts {
  counts(): Promise<StoreCounts>;

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
}
