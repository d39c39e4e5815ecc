import { z } from 'zod';
import type { Column } from '../encoding/encode-rows.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import type { Rows } from '../tables.ts';
import { tableOf } from '../tables.ts';

/** One field of one row of a customer that differs from the expected value. */
export interface RowDifference {
  readonly table: keyof Rows;
  /** The row's key within its customer, e.g. a journey's id; '' for the customer's own row. */
  readonly key: string;
  /** The first field that differs; '' if only one side has the row. */
  readonly field: string;
  /** JSON text; null if the row is missing. */
  readonly found: string | null;
  readonly expected: string | null;
  /** Version of the row found; 0 if it is missing. */
  readonly version: bigint;
}

interface Comparison {
  readonly key: string;
  /** A column of true and false that belongs to the key, and is named in it where it is true. */
  readonly mark?: string;
  readonly leftOut: readonly string[];
}

/**
 * The key of each table's rows, and the columns left out of the comparison: versions that depend on
 * batch boundaries, and error texts.
 */
const COMPARED: Readonly<Record<keyof Rows, Comparison>> = {
  moments: { key: 'position', leftOut: [] },
  journeys: { key: 'journey_id', leftOut: ['version'] },
  customers: { key: '', leftOut: [] },
  promises: { key: 'promise_id', mark: 'expected', leftOut: ['version'] },
  complaints: { key: 'complaint_id', leftOut: ['version'] },
  trustChanges: { key: 'ordinal', leftOut: ['version'] },
  parked: { key: 'position', leftOut: ['error'] },
};

type Fields = Readonly<Record<string, string>>;
// A row of any table: its columns define its content.
type AnyColumn = Column<never>;

/**
 * Compares the rows that a generation shows of some customers, field by field, with the expected
 * rows. Each table is read at its own instant.
 */
export async function differingRows(
  clickhouse: ClickHouse,
  generation: number,
  expected: ReadonlyMap<string, Rows>,
): Promise<Map<string, RowDifference[]>> {
  const tables = Object.keys(tableOf) as (keyof Rows)[];
  const shown = await Promise.all(
    tables.map((table) => shownFields(clickhouse, generation, table, [...expected.keys()])),
  );
  const differing = [...expected].map(([customerId, rows]) => {
    const found = tables.flatMap((table, at) =>
      differingOf(table, shown[at]!.get(asText(customerId)) ?? [], rows[table]),
    );
    return [customerId, found] as const;
  });
  return new Map(differing);
}

function differingOf<Table extends keyof Rows>(
  table: Table,
  rows: readonly Fields[],
  all: Rows[Table],
): RowDifference[] {
  const columns = columnsOf(table);
  const shown = byKey(rows, COMPARED[table]);
  const expected = byKey(
    all.map((row) => fieldsOf(columns, row)),
    COMPARED[table],
  );
  const differences: RowDifference[] = [];
  for (const name of new Set([...shown.keys(), ...expected.keys()])) {
    const [found, wanted] = [shown.get(name), expected.get(name)];
    const version = BigInt(found?.version ?? 0);
    if (found === undefined || wanted === undefined) {
      const json = (fields: Fields | undefined) => (fields === undefined ? null : JSON.stringify(fields));
      differences.push({ table, key: name, field: '', found: json(found), expected: json(wanted), version });
      continue;
    }
    const field = columns
      .map((column) => column.name)
      .find((column) => isCompared(table, column) && found[column] !== wanted[column]);
    if (field === undefined) continue;
    differences.push({ table, key: name, field, found: found[field]!, expected: wanted[field]!, version });
  }
  return differences;
}

const isCompared = (table: keyof Rows, column: string) => !COMPARED[table].leftOut.includes(column);

/** A moment is never replaced, so one that exists twice counts as an extra row. */
function byKey(rows: readonly Fields[], { key, mark }: Comparison): Map<string, Fields> {
  const named = new Map<string, Fields>();
  for (const fields of rows) {
    const marked = mark !== undefined && fields[mark] === 'true' ? ` (${mark})` : '';
    const name = key === '' ? '' : `${fields[key]!}${marked}`;
    named.set(named.has(name) ? `${name} again` : name, fields);
  }
  return named;
}

const TABLE_FINAL = (table: keyof Rows) => (table === 'moments' ? '' : 'FINAL');

/**
 * The rows shown, by customer id. The ids are passed as JSON, because the embedded engine accepts
 * no array parameters.
 */
async function shownFields(
  clickhouse: ClickHouse,
  generation: number,
  table: keyof Rows,
  customerIds: readonly string[],
): Promise<Map<string, Fields[]>> {
  const columns = columnsOf(table);
  const fields = columns.map(({ name, type }) => `${textOf(`\`${name}\``, type)} AS \`f_${name}\``).join(', ');
  const rows = await clickhouse.query(
    `SELECT ${fields} FROM {database:Identifier}.${tableOf[table].name} ${TABLE_FINAL(table)}
     WHERE customer_id IN (SELECT arrayJoin(JSONExtract({customers:String}, 'Array(String)')))`,
    { database: databaseOf(generation), customers: JSON.stringify(customerIds.map(asText)) },
    z.record(z.string(), z.unknown()),
  );
  const byCustomer = new Map<string, Fields[]>();
  for (const row of rows) {
    const read = columns.map(({ name, type }) => [name, canonical(type, row[`f_${name}`])] as const);
    const all = byCustomer.get(String(row.f_customer_id)) ?? [];
    all.push(Object.fromEntries(read));
    byCustomer.set(String(row.f_customer_id), all);
  }
  return byCustomer;
}

const columnsOf = (table: keyof Rows) => tableOf[table].columns as unknown as readonly AnyColumn[];

/** The text as tables hold it: UTF-8, so lone surrogates are replaced. */
const asText = (text: string) => text.replace(/\p{Cs}/gu, '\ufffd');

/** SQL of a column that survives JSON without loss. */
function textOf(column: string, type: string): string {
  const milliseconds = (value: string) => `toString(toUnixTimestamp64Milli(${value}))`;
  if (/^Map\(.*DateTime64/.test(type)) return `mapApply((k, v) -> (k, ${milliseconds('v')}), ${column})`;
  if (type.includes('DateTime64')) return milliseconds(column);
  return type === 'UInt64' ? `toString(${column})` : column;
}

function fieldsOf(columns: readonly AnyColumn[], row: unknown): Fields {
  const values: unknown[] = [];
  const fields = columns.map(({ name, type, read }) => {
    read([row] as never, values);
    return [name, canonical(type, values[0])] as const;
  });
  return Object.fromEntries(fields);
}

/** A canonical text of a value, equal for the written value and the engine's answer. */
function canonical(type: string, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (type.startsWith('Map')) {
    const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(([key, one]) => [key, String(one)]);
    return JSON.stringify(entries.sort(([a], [b]) => (a! < b! ? -1 : 1)));
  }
  if (type.startsWith('UInt8') || type.includes('Bool')) return String(value === true || value === 1);
  if (type.startsWith('Array')) return JSON.stringify(value);
  return String(value);
}
