/** One part of a file that resuming counts by: an NDJSON line, a CSV row, an XES trace. */
export interface SourceRecord {
  /** What is to be published; NDJSON passes on what can be a CloudEvent, and the server judges it. */
  readonly events: readonly unknown[];
  /** What could not even be made an event. */
  readonly faults: readonly SourceFault[];
  /** Rows of which an event was left out for want of a time, as the mapping wants it. */
  readonly skipped: number;
  /** 1-based, of its first line. */
  readonly line: number;
}

export interface SourceFault {
  readonly line: number;
  readonly reason: string;
  /** What stood there, as far as it can be shown. */
  readonly raw: string;
}
