/** The unit of a file that resuming counts: an NDJSON line, a CSV row, an XES trace. */
export interface SourceRecord {
  /**
   * Events to publish. NDJSON passes on everything that may be a CloudEvent, and the server
   * decides.
   */
  readonly events: readonly unknown[];
  /** Parts that could not be made events. */
  readonly faults: readonly SourceFault[];
  /** Rows with an event left out because it has no time, as the mapping asks. */
  readonly skipped: number;
  /** 1-based number of its first line. */
  readonly line: number;
}

export interface SourceFault {
  readonly line: number;
  readonly reason: string;
  /** The faulty text, as far as it can be shown. */
  readonly raw: string;
}
