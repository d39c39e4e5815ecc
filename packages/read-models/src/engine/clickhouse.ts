import type { Asker } from '@touchstone/runtime/turns';
import type { z } from 'zod';
import type { Block } from '../encoding/encode-rows.ts';
import type { ReadModelError } from '../read-model-error.ts';

export type Parameter = string | number | bigint | boolean;
export type Parameters = Readonly<Record<string, Parameter>>;

/**
 * The port of ClickHouse, implemented over the embedded engine and over a server. Every method may
 * throw {@link ReadModelError}.
 */
export interface ClickHouse {
  /** Location of the data without credentials, for messages. */
  readonly name: string;
  /** Present if the server is several replicas behind one address. */
  readonly cluster: Cluster | undefined;
  /** True if no other process can access the data while this one has it open. */
  readonly isOurs: boolean;
  /**
   * True if the previous process closed the data properly; false after a kill or a power loss, and
   * for shared servers.
   */
  readonly wasStopped: boolean;
  /** Registers a listener for errors that report damaged data on disk. */
  onDamage(listener: (error: ReadModelError) => void): void;
  /**
   * Returns the rows of one SELECT; the engine binds `{name:Type}` in the SQL from `params`. A
   * query never waits for an insert.
   */
  query<Row>(sql: string, params: Parameters, row: z.ZodType<Row>): Promise<Row[]>;
  /**
   * A view for queries on behalf of an outside caller: they use separate sessions, a fair queue and
   * limits, and are cancelled when the asker leaves.
   * @throws ReadModelError `too-costly` for a query beyond the limits; NoTurn for one that was not
   * started, or was cancelled.
   */
  forAsker(asker: Asker): ClickHouse;
  /**
   * Streams an export to an outside caller, one part after another, with memory that does not grow
   * with its length. It holds one place among exports until it ends, and ends when the asker
   * leaves.
   * @throws ReadModelError `too-costly` beyond the limits of exports; NoTurn.
   */
  export(asker: Asker, parts: readonly ExportPart[]): AsyncIterable<Uint8Array>;
  /**
   * Opens the sandbox for SQL of outside callers. A server gets a user for it, which takes the
   * right to create users.
   */
  openSandbox(): Promise<Sandbox>;
  /** Runs one statement without an answer. */
  command(sql: string, params?: Parameters): Promise<void>;
  /**
   * Like `command`, for statements that create, alter or drop databases and tables: with a cluster
   * they run on every replica, see `onCluster`.
   */
  define(sql: string, params?: Parameters): Promise<void>;
  /**
   * Inserts one block as one part: its rows appear all at once or not at all.
   * @throws ReadModelError `fenced` if `onlyIf` does not hold.
   */
  insert(table: string, block: Block, conditions?: InsertConditions): Promise<void>;
  /** Waits for running statements, then releases everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * A format of the answer to SQL of outside callers. `JSONCompactEachRowWithNamesAndTypes` is lines
 * of JSON arrays: the names, the types, and each row.
 */
export type SqlFormat = 'JSONCompactEachRowWithNamesAndTypes' | 'CSVWithNames' | 'Parquet';

/**
 * Runs SQL of outside callers that was checked to be one SELECT: within limits that it cannot
 * raise, and where it can change nothing.
 */
export interface Sandbox {
  /** Lets statements read these tables of the database, and no others. */
  grant(database: string, tables: readonly string[]): Promise<void>;
  /** Returns the lines of `EXPLAIN AST` of a statement, which does not run. */
  explain(asker: Asker, question: { readonly database: string; readonly sql: string }): Promise<string[]>;
  /**
   * Returns the answer to a statement; tables without a database are those of `database`.
   * @throws ReadModelError `too-much`, `invalid-sql`; `denied` for tables that are not granted;
   * NoTurn.
   */
  ask(
    asker: Asker,
    question: { readonly database: string; readonly sql: string; readonly format: SqlFormat },
  ): Promise<Uint8Array>;
}

/** A format that the engine writes; `RawBLOB` writes the texts of one column as they are. */
export type ExportFormat = 'CSV' | 'JSONEachRow' | 'Parquet' | 'RawBLOB';

/** One SELECT of an export. */
export interface ExportStatement {
  readonly sql: string;
  readonly params: Parameters;
  readonly format: ExportFormat;
  /**
   * True: every row begins with a comma, and that of the export's first such row since the last
   * text is left out, so that rows of several statements make one JSON array.
   */
  readonly isListed?: boolean;
}

/** A text as it is, or the answer of a SELECT. */
export type ExportPart = string | ExportStatement;

/** Limits of one query of an outside caller; null: no limit. */
export interface QuestionLimits {
  readonly timeMaxMs: number | null;
  readonly memoryMaxBytes: number | null;
  /** Limit of a whole export; its memory has the limit of a query. */
  readonly exportTimeMaxMs?: number | null;
}

export const NO_LIMITS: QuestionLimits = { timeMaxMs: null, memoryMaxBytes: null };

/** SQL conditions that the engine evaluates when the insert begins. */
export interface InsertConditions {
  /** The insert is refused unless this holds. */
  readonly onlyIf?: string;
  /** Rows for which this holds are skipped. */
  readonly leaveOut?: string;
}

/** A server that is several replicas behind one address. */
export interface Cluster {
  /** The cluster's name in the server's `remote_servers`. */
  readonly name: string;
  readonly replicas: number;
}
