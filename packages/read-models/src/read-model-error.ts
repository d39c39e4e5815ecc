export type ReadModelErrorCode =
  /** The server is unreachable, overloaded or too slow: a retry may succeed. */
  | 'unavailable'
  /** The query exceeded its limit of time or memory: it must ask for less. */
  | 'too-costly'
  /** The answer would be larger than one may be: it says what to narrow. */
  | 'too-much'
  /** SQL of an outside caller that may not be asked, or that the engine refuses. */
  | 'invalid-sql'
  /** Another process has the embedded folder open. */
  | 'locked'
  /** Data on disk is damaged or differs from what was written: rebuild from the log. */
  | 'corrupt'
  /** The disk is full. */
  | 'full'
  /**
   * Another writer has taken over the generation: `resume` takes it back and says where to
   * continue.
   */
  | 'fenced'
  /** The server refuses the credentials, or rights are missing. */
  | 'denied'
  /** The URL, a parameter or the order of calls is wrong: a retry will not help. */
  | 'invalid'
  /** The text of an applied migration has changed. */
  | 'migration-changed'
  /** ClickHouse refused our SQL, or answered in an unexpected form: a bug. */
  | 'query'
  | 'closed';

export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly code: ReadModelErrorCode;
  /** Name of the wrong parameter, where `code` is `invalid` and a parameter is the cause. */
  readonly parameter: string | undefined;
  constructor(code: ReadModelErrorCode, message: string, options?: { cause?: unknown; parameter?: string }) {
    super(message, options);
    this.code = code;
    this.parameter = options?.parameter;
  }
}
