/**
 * A query that fails long after its first rows, by a delay of 2 s. The engine reports a failure at
 * once, even before rows that nobody has fetched yet, so a failure right after the rows might be
 * all that it sends.
 */
export const FAILS_BEHIND_ROWS = `SELECT number, if(number = 250000, throwIf(sleepEachRow(2) = 0, 'behind rows'), 0) AS fault
  FROM numbers(300000) SETTINGS max_threads = 1`;

/** The kinds of faults that a statement can meet. */
export type FaultKind =
  /** The connection is cut before anything is done. */
  | 'refused'
  /** The statement is neither executed nor answered. */
  | 'never answered'
  /** The statement is executed, and the answer is never sent. */
  | 'executed, never answered'
  /** The statement is executed, then the connection is cut. */
  | 'executed, then cut'
  /**
   * The statement is executed only when the test releases it, even if the client is long gone, like
   * in a proxy with a full queue.
   */
  | 'held'
  /** The engine needs 30 ms per row. Only for inserts with a condition. */
  | 'slow'
  /** Half of the answer is sent, then the connection is cut. */
  | 'answer cut'
  /** The statement is not executed; a proxy in front of the server answers. */
  | 'bad gateway'
  /** The statement is not executed; the server reports that it is out of memory. */
  | 'out of memory';

export interface Fault {
  readonly id: number;
  readonly kind: FaultKind;
  /** A part of the SQL that identifies the affected statements. */
  readonly matching: string;
  /** The number of statements that it affects. */
  readonly times: number;
}

/** Messages from the test's process to the server's. */
export type Order =
  | { readonly order: 'fail'; readonly fault: Fault }
  | { readonly order: 'release'; readonly id: number }
  | { readonly order: 'mend' };

/** Messages from the server's process to the test's. */
export type Report =
  | { readonly report: 'listening'; readonly port: number }
  /** A statement for all replicas of the cluster has arrived. */
  | { readonly report: 'told'; readonly sql: string }
  | { readonly report: 'hit'; readonly id: number }
  /** A held or slow statement has finished; `error` is the engine's message. */
  | { readonly report: 'executed'; readonly id: number; readonly error: string | null };
