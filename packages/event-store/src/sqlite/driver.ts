import { createRequire } from 'node:module';

/**
 * The one seam over SQLite libraries: synchronous calls, and statements that are prepared once and
 * live as long as the database, because libsql cannot finalise them. SQLite 3.7.0 to 3.51.2 (libsql
 * carries 3.45.1) can corrupt a WAL file when two connections write or checkpoint at the same
 * moment (the "WAL-reset" race), so only one connection in one process may do either;
 * `prepareReader` makes any other a reader.
 */
export interface SqliteDriver {
  readonly name: 'node:sqlite' | 'libsql';
  /** Opens or creates `file`. Throws {@link SqliteFailure}. */
  open(file: string): SqliteDatabase;
}

export type SqliteValue = string | number | null | Uint8Array;
export type SqliteRow = Record<string, SqliteValue>;

export interface SqliteDatabase {
  /** Runs statements without parameters and drops their rows. */
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /**
   * For large reads: libsql returns rows as arrays of columns twice as fast as it returns objects.
   */
  prepareTuples(sql: string): SqliteTuples;
  /** BEGIN IMMEDIATE, the work, COMMIT. Any error rolls everything back and is rethrown. */
  transaction<Result>(work: () => Result): Result;
  /** Everything that the work reads is of one instant of the file. */
  snapshot<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * The bytes of a BLOB without a copy: the libraries return a Buffer, a Uint8Array or a bare
 * ArrayBuffer.
 */
export function bytesOf(value: SqliteValue | ArrayBuffer | undefined): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`A BLOB was expected, not ${typeof value}.`);
}

/**
 * SQL for a number that JavaScript holds exactly, else NULL. A damaged row may hold anything, and
 * libsql ends the process over a text that is no UTF-8; bytes are read by `CAST(… AS BLOB)`.
 */
export const exactNumber = (column: string): string =>
  `CASE WHEN ${column} BETWEEN -9007199254740991 AND 9007199254740991 THEN ${column} END`;

/** Integers are read and written as JS numbers: every value stored here is below 2^53. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): void;
  /** For many values, since spreading thousands of arguments would be slow. */
  runAll(values: readonly SqliteValue[]): void;
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

export interface SqliteTuples {
  all(...values: SqliteValue[]): SqliteValue[][];
}

/** SQLite's primary result codes that the store distinguishes. */
export const resultCodes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** An error of SQLite, the same for every library. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';
  /** Primary result code, see {@link resultCodes}; 1 if the library gave none. */
  readonly resultCode: number;
  constructor(resultCode: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.resultCode = resultCode;
  }
}

/**
 * The API that both libraries share, before their differences in names and errors are evened out.
 */
interface BareDatabase {
  exec(sql: string): void;
  prepare(sql: string): BareStatement;
  close(): void;
}
interface BareStatement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  /** Only in libsql. */
  raw?(): unknown;
  /** Only in node:sqlite since Node 22.16. */
  setReturnArrays?(on: boolean): unknown;
}

/**
 * `node:sqlite` where Node has it, since it is about 1.25 times as fast and needs no package; else
 * libsql; `undefined` where neither loads.
 */
export function bestSqliteDriver(): SqliteDriver | undefined {
  return nodeSqlite() ?? libsql();
}

/** Every driver that loads here, best first. */
export function availableSqliteDrivers(): SqliteDriver[] {
  return [nodeSqlite(), libsql()].filter((driver) => driver !== undefined);
}

function nodeSqlite(): SqliteDriver | undefined {
  const builtin = withoutExperimentalWarning(() => process.getBuiltinModule?.('node:sqlite')) as
    | { DatabaseSync: new (file: string) => BareDatabase }
    | undefined;
  if (builtin === undefined) return undefined;
  return {
    name: 'node:sqlite',
    open: (file) => wrapped(() => new builtin.DatabaseSync(file), false),
  };
}

function libsql(): SqliteDriver | undefined {
  let Database: (new (file: string) => BareDatabase) | undefined;
  try {
    Database = createRequire(import.meta.url)('libsql');
  } catch {
    // No binary for this platform. The caller reports it when no driver is left.
    return undefined;
  }
  const Libsql = Database as new (file: string) => BareDatabase;
  return { name: 'libsql', open: (file) => wrapped(() => new Libsql(file), true) };
}

function wrapped(open: () => BareDatabase, takesArrays: boolean): SqliteDatabase {
  const bare = opened(open);
  const exec = (sql: string) => attempt(() => bare.exec(sql));
  function within<Result>(begin: string, work: () => Result): Result {
    exec(begin);
    try {
      const result = work();
      exec('COMMIT');
      return result;
    } catch (error) {
      try {
        bare.exec('ROLLBACK');
      } catch {
        // A full disk or a failed write may have rolled back already; only the first error matters.
      }
      throw error;
    }
  }
  return {
    exec,
    prepare(sql) {
      const statement = attempt(() => bare.prepare(sql));
      return {
        run: (...values) => void attempt(() => statement.run(...values)),
        runAll: (values) => void attempt(() => (takesArrays ? statement.run(values) : statement.run(...values))),
        get: (...values) => attempt(() => statement.get(...values)) as SqliteRow | undefined,
        all: (...values) => attempt(() => statement.all(...values)) as SqliteRow[],
      };
    },
    prepareTuples(sql) {
      const statement = attempt(() => bare.prepare(sql));
      if (statement.raw !== undefined) statement.raw();
      else if (statement.setReturnArrays !== undefined) statement.setReturnArrays(true);
      else {
        return {
          all: (...values) => attempt(() => statement.all(...values)).map((row) => Object.values(row as SqliteRow)),
        };
      }
      return { all: (...values) => attempt(() => statement.all(...values)) as SqliteValue[][] };
    },
    transaction: (work) => within('BEGIN IMMEDIATE', work),
    snapshot: (work) => within('BEGIN', work),
    close: () => attempt(() => bare.close()),
  };
}

/** Opens a database; libsql gives no code when it cannot open a file, so this one does. */
function opened(open: () => BareDatabase): BareDatabase {
  try {
    return attempt(open);
  } catch (error) {
    if (error instanceof SqliteFailure && error.resultCode !== 1) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new SqliteFailure(resultCodes.cannotOpen, message, { cause: error });
  }
}

function attempt<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const known = error as Error & { code?: unknown; rawCode?: unknown; errcode?: unknown };
  // node:sqlite says `errcode`, libsql `rawCode`; the lowest byte of either extended code is the
  // primary one.
  const extended = known.errcode ?? known.rawCode;
  if (typeof extended === 'number') return new SqliteFailure(extended & 0xff, error.message, { cause: error });
  const byName = typeof known.code === 'string' ? codeNames[known.code] : undefined;
  if (byName !== undefined) return new SqliteFailure(byName, error.message, { cause: error });
  return error;
}

const codeNames: Record<string, number> = {
  SQLITE_BUSY: resultCodes.busy,
  SQLITE_LOCKED: resultCodes.locked,
  SQLITE_READONLY: resultCodes.readonly,
  SQLITE_IOERR: resultCodes.ioError,
  SQLITE_CORRUPT: resultCodes.corrupt,
  SQLITE_FULL: resultCodes.full,
  SQLITE_CANTOPEN: resultCodes.cannotOpen,
  SQLITE_NOTADB: resultCodes.notADatabase,
};

/** Hides Node 22's warning about its own module at the first load, which no user can act on. */
function withoutExperimentalWarning<Result>(load: () => Result): Result {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
