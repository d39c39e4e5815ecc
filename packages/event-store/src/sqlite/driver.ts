import { createRequire } from 'node:module';

/**
 * The one seam over SQLite libraries. Statements are prepared once and kept for the life of a database: libsql cannot finalise them.
 *
 * SQLite 3.7.0 to 3.51.2 (libsql carries 3.45.1) can corrupt a WAL file when two connections write or checkpoint at the same
 * moment (the "WAL-reset" race), so exactly one connection in one process may do either; a second one is made a reader by `prepareReader`.
 * All calls are synchronous.
 */
export interface SqliteDriver {
  readonly name: 'node:sqlite' | 'libsql';
  /** Opens or creates `file`. Throws {@link SqliteFailure}. */
  open(file: string): SqliteDatabase;
}

export type SqliteValue = string | number | null | Uint8Array;
export type SqliteRow = Record<string, SqliteValue>;

export interface SqliteDatabase {
  /** Statements without parameters; rows are dropped. */
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /** For reading much: rows as arrays of columns come out of libsql twice as fast as objects do. */
  prepareTuples(sql: string): SqliteTuples;
  /** BEGIN IMMEDIATE, the work, COMMIT; on any error everything is rolled back and the error thrown on. */
  transaction<Result>(work: () => Result): Result;
  /** All that the work reads is of one instant of the file. */
  snapshot<Result>(work: () => Result): Result;
  close(): void;
}

/** The bytes of a BLOB without a copy: the libraries answer a Buffer, a Uint8Array or a bare ArrayBuffer. */
export function bytesOf(value: SqliteValue | ArrayBuffer | undefined): Buffer {
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError(`A BLOB was expected, not ${typeof value}.`);
}

/** Integers come and go as JS numbers: everything kept here stays below 2^53. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): void;
  /** For many values: spreading thousands of arguments would be slow. */
  runAll(values: readonly SqliteValue[]): void;
  get(...values: SqliteValue[]): SqliteRow | undefined;
  all(...values: SqliteValue[]): SqliteRow[];
}

export interface SqliteTuples {
  all(...values: SqliteValue[]): SqliteValue[][];
}

/** Primary result codes of SQLite, as far as the store tells them apart. */
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

/** What SQLite answered, the same for every library. */
export class SqliteFailure extends Error {
  override readonly name = 'SqliteFailure';
  /** Primary result code, see {@link resultCodes}; 1 where the library named none. */
  readonly resultCode: number;
  constructor(resultCode: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.resultCode = resultCode;
  }
}

/** What both libraries have in common, beneath their differences in names and errors. */
interface BareDatabase {
  exec(sql: string): void;
  prepare(sql: string): BareStatement;
  close(): void;
}
interface BareStatement {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  /** libsql. */
  raw?(): unknown;
  /** node:sqlite since Node 22.16. */
  setReturnArrays?(on: boolean): unknown;
}

/** `node:sqlite` where Node has it, for it is about 1.25 times as fast and needs no package; else libsql; `undefined` where neither loads. */
export function bestSqliteDriver(): SqliteDriver | undefined {
  return nodeSqlite() ?? libsql();
}

/** Every driver that loads here, the best first. */
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
    // No binary for this platform; the caller says what to do when no driver is left.
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
        // A full disk or a failed write may have rolled back already; the first error is the one that matters.
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

/** libsql names no code when a file cannot be opened. */
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
  // node:sqlite says `errcode`, libsql `rawCode`; both are extended codes whose lowest byte is the primary one.
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

/** Node 22 warns about its own module at the first load; a user can do nothing about it. */
function withoutExperimentalWarning<Result>(load: () => Result): Result {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
