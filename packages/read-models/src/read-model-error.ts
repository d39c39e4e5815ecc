export type ReadModelErrorCode =
  /** Not reachable, overloaded or too slow: worth a retry. */
  | 'unavailable'
  /** A question took more time or memory than one may: it must ask for less. */
  | 'too-costly'
  /** Another process has the embedded folder open. */
  | 'locked'
  /** What is on disk is damaged, or is not what was written: rebuild from the log. */
  | 'corrupt'
  /** No room left. */
  | 'full'
  /** Another writer has taken the generation over: `resume` takes it back and says where to go on. */
  | 'fenced'
  /** The server does not let us in. */
  | 'denied'
  /** The URL, a parameter or the order of calls is wrong: a retry will not help. */
  | 'invalid'
  /** A migration that has been applied reads differently now. */
  | 'migration-changed'
  /** ClickHouse refused the SQL, or answered what the query did not expect: a mistake of ours. */
  | 'query'
  | 'closed';

export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly code: ReadModelErrorCode;
  constructor(code: ReadModelErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
