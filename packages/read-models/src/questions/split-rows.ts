import type { BucketLength } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { Parameters } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import {
  type Buckets,
  begins,
  boundBegins,
  bucketBegin,
  bucketsOf,
  type Span,
  spanOfBuckets,
} from '../figures/buckets.ts';
import type { Conditions } from '../queries/conditions.ts';
import { ReadModelError } from '../read-model-error.ts';
import { ask, type RowsContext } from './rows-context.ts';

/** How an answer is split by time; times in ms since 1970. */
export interface SplitAsked extends Span {
  readonly bucket?: BucketLength | undefined;
  readonly timeZone?: string | undefined;
}

/** Rows to be counted, in SQL of ours. */
export interface Counted<Figures> {
  /** Table, or query in parentheses. */
  readonly table: string;
  /** Its column with the time by which it counts. */
  readonly time: string;
  /** Conditions besides those on the time. */
  readonly wanted: Conditions;
  /** The values by which it is split. */
  readonly by: readonly string[];
  /** Select list of the figures, and their schema. */
  readonly figures: string;
  readonly row: z.ZodType<Figures>;
  readonly params?: Parameters;
}

/** One row of a split answer; `figures` is null where nothing was counted. */
export interface SplitRow<Figures> {
  readonly values: readonly string[];
  readonly bucket: number | null;
  readonly isOpen: boolean;
  readonly figures: Figures | null;
}

export interface Split<Figures> {
  /** With buckets: begin of the first and end of the last, ms; null where there are none. */
  readonly span: { readonly from: number | null; readonly to: number | null } | undefined;
  readonly rows: readonly SplitRow<Figures>[];
}

/** Most rows of one answer that is split by values and time. */
export const SPLIT_ROWS_MAX = 10_000;

const spanRow = z.object({ first: instant, last: instant, n: count });
const keyRow = z.object({ values: z.array(z.string()), bucket: instant.nullable() });

/**
 * Counts rows by values and time, ordered by both. Every bucket of the span is in the answer, for
 * each combination of values that has anything in it; without values there is always one group.
 * @throws ReadModelError `too-much` for more rows than an answer holds.
 */
export async function splitRows<Figures extends object>(
  asked: SplitAsked,
  counted: Counted<Figures>,
  context: RowsContext,
): Promise<Split<Figures>> {
  const buckets = asked.bucket === undefined ? undefined : bucketsOf(asked.bucket, asked.timeZone);
  const span = spanOfBuckets(asked, buckets);
  const { wanted, time } = counted;
  wanted.add(`${time} >= ${timeParameter('from')}`, { from: span.from });
  wanted.add(`${time} < ${timeParameter('to')}`, { to: span.to });
  const starts = buckets === undefined ? undefined : await startsOf(buckets, span, counted, context);
  const rows = starts?.length === 0 ? [] : await countedRows(counted, starts, context);
  const groups = groupsOf(rows, counted.by.length === 0);
  if (rows.length > SPLIT_ROWS_MAX || groups.length * (starts?.length ?? 1) > SPLIT_ROWS_MAX) throw tooMuch();
  const last = starts?.at(-1);
  return {
    span:
      buckets === undefined
        ? undefined
        : { from: starts?.[0] ?? span.from ?? null, to: last === undefined ? (span.to ?? null) : buckets.next(last) },
    rows: groups.flatMap(({ values, byBucket }) =>
      (starts ?? [null]).map((bucket) => ({
        values,
        bucket,
        isOpen: bucket !== null && buckets !== undefined && buckets.next(bucket) > context.now,
        figures: byBucket.get(bucket) ?? null,
      })),
    ),
  };
}

function tooMuch(): ReadModelError {
  const message = `The answer has more than ${SPLIT_ROWS_MAX} rows: ask for a shorter window, longer buckets or fewer values to split by.`;
  return new ReadModelError('too-much', message);
}

/** The begins of all buckets: without bounds, of those from the first row to the last. */
async function startsOf(
  buckets: Buckets,
  { from, to }: Span,
  { table, time, wanted, params }: Counted<unknown>,
  context: RowsContext,
): Promise<readonly number[]> {
  if (from !== undefined && to !== undefined) return begins(buckets, from, to);
  const [row] = await ask(
    context,
    `SELECT ${milliseconds(`min(${time})`)} AS first, ${milliseconds(`max(${time})`)} AS last, count() AS n
     FROM ${table} ${wanted.where()}`,
    spanRow,
    { ...params, ...wanted.params() },
  );
  return row === undefined || row.n === 0 ? [] : begins(buckets, from ?? row.first, to ?? row.last + 1);
}

async function countedRows<Figures>(
  { table, time, wanted, by, figures, row, params }: Counted<Figures>,
  starts: readonly number[] | undefined,
  context: RowsContext,
) {
  const values = by.length === 0 ? '[]::Array(String)' : `[${by.map((value) => `toString(${value})`).join(', ')}]`;
  const bucket = starts === undefined ? 'NULL' : bucketBegin(milliseconds(time));
  return ask(
    context,
    `SELECT ${values} AS values, ${bucket} AS bucket, ${figures}
     FROM ${table} ${wanted.where()} GROUP BY values, bucket ORDER BY values, bucket LIMIT ${SPLIT_ROWS_MAX + 1}`,
    z.intersection(keyRow, row),
    { ...params, ...wanted.params(), ...(starts === undefined ? {} : boundBegins(starts)) },
  );
}

function groupsOf<Figures extends object>(
  rows: readonly ({ readonly values: string[]; readonly bucket: number | null } & Figures)[],
  isOne: boolean,
) {
  const groups = new Map<string, { values: string[]; byBucket: Map<number | null, Figures> }>();
  if (isOne) groups.set('[]', { values: [], byBucket: new Map() });
  for (const row of rows) {
    const key = JSON.stringify(row.values);
    const group = groups.get(key) ?? { values: row.values, byBucket: new Map() };
    group.byBucket.set(row.bucket, row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The fields of an answer's row that tell its values and its bucket. */
export function splitFields(by: readonly string[], bucket: unknown, row: SplitRow<unknown>): Record<string, unknown> {
  return {
    ...Object.fromEntries(by.map((name, at) => [name, row.values[at]])),
    ...(bucket === undefined ? {} : { bucket: row.bucket, isOpen: row.isOpen }),
  };
}
