import type { Asker } from '@touchstone/runtime/turns';
import type { z } from 'zod';
import type { Block } from '../encoding/encode-rows.ts';
import type { ReadModelError } from '../read-model-error.ts';

export type Parameter = string | number | bigint | boolean;
export type Parameters = Readonly<Record<string, Parameter>>;

/** A small view of ClickHouse, the same over the embedded engine and over a server. Every method may throw {@link ReadModelError}. */
export interface ClickHouse {
  /** Where the data is, without credentials: for messages. */
  readonly name: string;
  /** Where the server is several replicas behind one address. */
  readonly cluster: Cluster | undefined;
  /** No other process can reach the data while this one has it. */
  readonly isOurs: boolean;
  /** The process that had it before closed it; false after a kill or a loss of power, and where others have it. */
  readonly wasStopped: boolean;
  /** Called with each error that says that what is on disk is damaged. */
  onDamage(listener: (error: ReadModelError) => void): void;
  /** Rows of one SELECT; `{name:Type}` in the SQL is bound from `params` by the engine. Never waits behind an insert. */
  query<Row>(sql: string, params: Parameters, row: z.ZodType<Row>): Promise<Row[]>;
  /**
   * The same, whose questions are those of one who asks from outside: they have sessions, turns and limits of their own, and are given up when the asker leaves.
   * @throws ReadModelError `too-costly` for a question beyond the limits; NoTurn for one that was not begun, or given up.
   */
  forAsker(asker: Asker): ClickHouse;
  /** One statement without an answer. */
  command(sql: string, params?: Parameters): Promise<void>;
  /** As `command`, for what creates, changes or drops databases and tables: with a cluster it is done on every replica, see `onCluster`. */
  define(sql: string, params?: Parameters): Promise<void>;
  /**
   * One block as one part: its rows appear all at once or not at all.
   * @throws ReadModelError `fenced` where `onlyIf` does not hold.
   */
  insert(table: string, block: Block, conditions?: InsertConditions): Promise<void>;
  /** Wait for what is under way, then release everything. Idempotent. */
  close(): Promise<void>;
}

/** What one question from outside may take; null: as much as it likes. */
export interface QuestionLimits {
  readonly timeMaxMs: number | null;
  readonly memoryMaxBytes: number | null;
}

export const NO_LIMITS: QuestionLimits = { timeMaxMs: null, memoryMaxBytes: null };

/** In SQL, decided by the engine when the insert begins. */
export interface InsertConditions {
  /** Nothing is inserted unless this holds. */
  readonly onlyIf?: string;
  /** Rows of which this holds are left out. */
  readonly leaveOut?: string;
}

/** A server that is several replicas behind one address. */
export interface Cluster {
  /** As the server's `remote_servers` name it. */
  readonly name: string;
  readonly replicas: number;
}
