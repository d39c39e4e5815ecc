import { z } from 'zod';
import type { Table } from '../columns.ts';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse, Parameters } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { complaintsTable, customersTable, journeysTable, promisesTable, trustChangesTable } from '../tables.ts';
import { isMomentAsOf, isParkedAsOf } from './parked-as-of.ts';

/**
 * Two generations, each as of a position of its log. Both may be written meanwhile: rows with a
 * later version are left out, and every other row is as it was.
 */
export interface Compared {
  readonly before: Side;
  readonly after: Side;
}

export interface Side {
  readonly generation: number;
  /** The position up to which everything is in the tables. */
  readonly upTo: bigint;
}

export const comparedTables = ['customers', 'journeys', 'promises', 'complaints', 'trustChanges'] as const;
export type ComparedTable = (typeof comparedTables)[number];

const row = z.object({
  /** Rows on either side, without those left out. */
  before: count,
  after: count,
  /** Rows that only one side has. */
  onlyBefore: count,
  onlyAfter: count,
  /** Rows on both sides with different content. */
  differing: count,
  /** Rows changed later than the compared position, on one side or both. */
  leftOut: count,
});
export type TableComparison = z.infer<typeof row>;

/**
 * Counts a table's rows in both generations, and those that differ in anything but their version.
 */
export async function compareTable(
  clickhouse: ClickHouse,
  table: ComparedTable,
  compared: Compared,
): Promise<TableComparison> {
  const rows = await clickhouse.query(
    `SELECT countIf(is_compared AND b_there) AS before, countIf(is_compared AND a_there) AS after,
            countIf(is_compared AND b_there AND NOT a_there) AS onlyBefore,
            countIf(is_compared AND a_there AND NOT b_there) AS onlyAfter,
            countIf(is_compared AND a_there AND b_there AND b_content != a_content) AS differing,
            countIf(NOT is_compared) AS leftOut
     FROM (${joinedContent(table)}) ${JOIN_SETTINGS}`,
    sidesOf(compared),
    row,
  );
  return rows[0]!;
}

export const differingCustomersParams = z.strictObject({ limit: z.number().int().min(1).max(1000) });
const customerRow = z.object({ customerId: z.string() });

/** Customers with a differing row in this table, in an order that favours none of them. */
export async function differingCustomers(
  clickhouse: ClickHouse,
  table: ComparedTable,
  compared: Compared,
  given: z.input<typeof differingCustomersParams>,
): Promise<string[]> {
  const { limit } = differingCustomersParams.parse(given);
  const rows = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM (${joinedContent(table)})
     WHERE is_compared AND (b_there != a_there OR (b_there AND b_content != a_content))
     ORDER BY cityHash64(customerId), customerId LIMIT {limit:UInt32} ${JOIN_SETTINGS}`,
    { ...sidesOf(compared), limit },
    customerRow,
  );
  return rows.map(({ customerId }) => customerId);
}

/**
 * Both sides are sorted by their keys, so a merge join streams them, regardless of the number of
 * rows.
 */
export const JOIN_SETTINGS = "SETTINGS join_algorithm = 'full_sorting_merge', join_use_nulls = 0";

/** SQL condition on a joined row: a missing side has version 0 and so passes. */
export const IS_COMPARED = '(b_version <= {beforeUpTo:UInt64} AND a_version <= {afterUpTo:UInt64})';

/** Query parameters of the two sides, under the names that every comparison's SQL uses. */
export function sidesOf({ before, after }: Compared): Parameters {
  return {
    before: databaseOf(before.generation),
    after: databaseOf(after.generation),
    beforeUpTo: before.upTo,
    afterUpTo: after.upTo,
  };
}

interface Keyed {
  readonly name: string;
  /** Columns of the row's key, the customer first. */
  readonly key: readonly string[];
  readonly content: readonly string[];
}

/**
 * `untold_at` depends on the log's announcements, not on the rules compared: a trial announces
 * nothing.
 */
const NOT_COMPARED = ['version', 'untold_at'];

function keyed<Row>({ name, columns }: Table<Row>, ...key: string[]): Keyed {
  const others = new Set([...NOT_COMPARED, ...key]);
  return { name, key, content: columns.map((column) => column.name).filter((column) => !others.has(column)) };
}

const KEYED: Readonly<Record<ComparedTable, Keyed>> = {
  customers: keyed(customersTable, 'customer_id'),
  journeys: keyed(journeysTable, 'customer_id', 'journey_id'),
  promises: keyed(promisesTable, 'customer_id', 'promise_id', 'expected'),
  complaints: keyed(complaintsTable, 'customer_id', 'complaint_id'),
  trustChanges: keyed(trustChangesTable, 'customer_id', 'ordinal'),
};

function joinedContent(table: ComparedTable): string {
  const { key } = KEYED[table];
  return `SELECT customer_id, b_there, a_there, b_content, a_content, ${IS_COMPARED} AS is_compared
    FROM (${contentOf(table, 'b', 'before')}) AS b FULL OUTER JOIN (${contentOf(table, 'a', 'after')}) AS a USING (${key.join(', ')})`;
}

/** Hashes the content as text, in which numbers are exact and a missing value has its own text. */
function contentOf(table: ComparedTable, side: 'a' | 'b', database: 'after' | 'before'): string {
  const { name, key, content } = KEYED[table];
  const hash = `cityHash64(toString(tuple(${content.map((column) => `\`${column}\``).join(', ')})))`;
  const keys = key.join(', ');
  const from = `{${database}:Identifier}.${name}`;
  if (table !== 'trustChanges') {
    return `SELECT ${keys}, version AS ${side}_version, ${hash} AS ${side}_content, true AS ${side}_there FROM ${from} FINAL`;
  }
  // FINAL would hide a deleted row, and with it the version at which it was deleted.
  return `SELECT ${keys}, max(version) AS ${side}_version, argMax(${hash}, version) AS ${side}_content,
    argMax(is_deleted, version) = 0 AS ${side}_there FROM ${from} GROUP BY ${keys}`;
}

const momentsRow = z.object({ moments: count, parked: count, cut: count, fingerprint: z.string() });
/** `fingerprint` is equal if all moments were scored equally. */
export type MomentsHeld = z.infer<typeof momentsRow>;

/**
 * The number of published events that a generation holds up to a position, as moments or parked,
 * and of those that have left the log since.
 */
export async function momentsHeld(clickhouse: ClickHouse, { generation, upTo }: Side): Promise<MomentsHeld> {
  const rows = await clickhouse.query(
    `SELECT (SELECT count() FROM {database:Identifier}.parked FINAL
             WHERE position <= {upTo:UInt64} AND ${isParkedAsOf('{upTo:UInt64}')}) AS parked,
            (SELECT count() FROM {database:Identifier}.left_events FINAL WHERE position <= {upTo:UInt64}) AS cut,
            count() AS moments, toString(sum(cityHash64(position, customer_id, journey_id, journey_type, touchpoint, verdict,
              toString(tuple(expectation, perception, score, weight))))) AS fingerprint
     FROM {database:Identifier}.moments WHERE position <= {upTo:UInt64} AND ${isMomentAsOf('{upTo:UInt64}')}`,
    { database: databaseOf(generation), upTo },
    momentsRow,
  );
  return rows[0]!;
}
