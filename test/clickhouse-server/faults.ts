/**
 * A query that fails long after its first rows. The engine tells of a failure at once, whatever rows still wait to be fetched: of one that comes right behind
 * them, it may send nothing but the failure.
 */
export const FAILS_BEHIND_ROWS = `SELECT number, if(number = 250000, throwIf(sleepEachRow(2) = 0, 'behind rows'), 0) AS fault
  FROM numbers(300000) SETTINGS max_threads = 1`;

/** What goes wrong with a statement. */
export type FaultKind =
  /** The connection is cut before anything is done. */
  | 'refused'
  /** Neither executed nor answered. */
  | 'never answered'
  /** Executed; the answer is never sent. */
  | 'executed, never answered'
  /** Executed; then the connection is cut. */
  | 'executed, then cut'
  /** Executed only when the test lets it through, however long the client has been gone: what a proxy with a full queue does. */
  | 'held'
  /** The engine is busy with it for 30 ms a row. Inserts with a condition only. */
  | 'slow'
  /** Half of the answer is sent, then the connection is cut. */
  | 'answer cut'
  /** Not executed; answered by what stands before the server. */
  | 'bad gateway'
  /** Not executed; the server says that it has no memory left. */
  | 'out of memory';

export interface Fault {
  readonly id: number;
  readonly kind: FaultKind;
  /** A part of the SQL of the statements that it befalls. */
  readonly matching: string;
  /** So many statements, and none after. */
  readonly times: number;
}

/** What the test's process tells the server's. */
export type Order =
  | { readonly order: 'fail'; readonly fault: Fault }
  | { readonly order: 'release'; readonly id: number }
  | { readonly order: 'mend' };

/** What the server's process tells the test's. */
export type Report =
  | { readonly report: 'listening'; readonly port: number }
  /** What came for all replicas of a cluster. */
  | { readonly report: 'told'; readonly sql: string }
  | { readonly report: 'hit'; readonly id: number }
  /** A held or slow statement is through; `error` is what the engine said. */
  | { readonly report: 'executed'; readonly id: number; readonly error: string | null };
