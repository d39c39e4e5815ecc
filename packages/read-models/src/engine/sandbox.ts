import { type Asker, NoTurn } from '@touchstone/runtime/turns';
import { ReadModelError } from '../read-model-error.ts';
import type { QuestionLimits, Sandbox, SqlFormat } from './clickhouse.ts';
import { limitSettings } from './question-limits.ts';
import { typedError } from './typed-error.ts';

/** Rows of the answer to a statement of an outside caller. */
export const SQL_ROWS_MAX = 100_000;
/** Bytes of such an answer as it is written; on a server its size in the engine's memory. */
export const SQL_BYTES_MAX = 16 * 2 ** 20;
/** Such statements that run at once; one asker never has all places. */
export const SQL_AT_ONCE = 2;

/**
 * Settings of every session that runs SQL of outside callers; `readonly = 1` beside them keeps the
 * SQL from changing any. Nothing spills to the disk, so that memory is the limit.
 */
export function sandboxSettings(limits: QuestionLimits): Readonly<Record<string, string | number>> {
  return {
    ...limitSettings(limits),
    final: 1,
    max_threads: 2,
    max_result_rows: SQL_ROWS_MAX,
    max_result_bytes: SQL_BYTES_MAX,
    result_overflow_mode: "'throw'",
    max_bytes_before_external_group_by: 0,
    max_bytes_ratio_before_external_group_by: 0,
    max_bytes_before_external_sort: 0,
    max_bytes_ratio_before_external_sort: 0,
    allow_introspection_functions: 0,
    output_format_parallel_formatting: 0,
    output_format_write_statistics: 0,
    output_format_json_quote_64bit_integers: 1,
    output_format_json_escape_forward_slashes: 0,
    date_time_output_format: "'iso'",
    format_csv_null_representation: "''",
    output_format_csv_crlf_end_of_line: 1,
    output_format_parquet_string_as_string: 1,
  };
}

/**
 * A sandbox over a way to run one statement; `EXPLAIN` answers TabSeparated, a node on each line.
 */
export function sandboxOver(
  run: (asker: Asker, database: string, statement: string, format?: SqlFormat) => Promise<Uint8Array>,
  grant: Sandbox['grant'],
): Sandbox {
  return {
    grant,
    explain: async (asker, { database, sql }) =>
      Buffer.from(await run(asker, database, `EXPLAIN AST ${sql}`))
        .toString()
        .trimEnd()
        .split('\n'),
    ask: (asker, { database, sql, format }) => run(asker, database, sql, format),
  };
}

/**
 * Numbers of ClickHouse's errors that say that a statement takes too much, see its ErrorCodes.cpp.
 */
const TOO_MUCH = new Set([
  69, // ARGUMENT_OUT_OF_BOUND
  128, // TOO_LARGE_ARRAY_SIZE
  131, // TOO_LARGE_STRING_SIZE
  158, // TOO_MANY_ROWS
  159, // TIMEOUT_EXCEEDED
  160, // TOO_SLOW
  161, // TOO_MANY_COLUMNS
  167, // TOO_DEEP_AST
  168, // TOO_BIG_AST
  173, // CANNOT_ALLOCATE_MEMORY
  191, // SET_SIZE_LIMIT_EXCEEDED
  241, // MEMORY_LIMIT_EXCEEDED
  290, // LIMIT_EXCEEDED
  306, // TOO_DEEP_RECURSION
  307, // TOO_MANY_BYTES
  396, // TOO_MANY_ROWS_OR_BYTES
]);

/**
 * Types an error of a statement of an outside caller. Whatever the engine says of it is the
 * caller's to mend, and never a sign of damaged data: a text that is too long has the error of a
 * damaged one.
 */
export function sandboxError(name: string, error: unknown, signal: AbortSignal): ReadModelError | NoTurn {
  if (signal.aborted) return new NoTurn('left');
  if (error instanceof ReadModelError) return error;
  const { message = '' } = error as Error;
  const number = Number(/Code: (\d+)/.exec(message)?.[1] ?? (error as { code?: string }).code);
  if (number === READONLY) return new ReadModelError('invalid-sql', NO_SETTINGS, { cause: error });
  if (TOO_MUCH.has(number)) return new ReadModelError('too-much', TOOK_TOO_MUCH, { cause: error });
  const typed = typedError(name, error);
  if (typed instanceof NoTurn || OURS.has(typed.code)) return typed;
  return new ReadModelError('invalid-sql', wordsOf(message), { cause: error });
}

const READONLY = 164;
export const NO_SETTINGS = 'SETTINGS may not be given: the limits are those of the system';

/** Errors that a statement does not cause. */
const OURS = new Set(['unavailable', 'denied', 'full', 'closed']);

export const TOOK_TOO_MUCH = `The statement takes more than it may: ${SQL_ROWS_MAX} rows and ${SQL_BYTES_MAX / 2 ** 20} MiB of answer, and the time and memory of a question (QUESTION_TIME_MAX, QUESTION_MEMORY_MAX). Filter or group more, or take an export.`;

/** The engine's message without its frame. */
export function wordsOf(message: string): string {
  const bare = message
    .replace(/^(?:[\s\S]*?DB::Exception: )+/, '')
    .replace(/\s*\((?:version [^)]*|[A-Z_]{4,})\)/g, '')
    .replace(/: In scope [\s\S]*$/, '')
    .trim();
  return bare.slice(0, 1_000);
}
