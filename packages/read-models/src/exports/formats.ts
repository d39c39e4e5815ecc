import type { TableFormat } from '@touchstone/api';
import type { ExportPart, Parameters } from '../engine/clickhouse.ts';
import type { ExportedColumn } from './exported-columns.ts';

/** An export's columns, its part of a SELECT from FROM on, and its parameters. */
export interface Exported {
  readonly columns: readonly ExportedColumn[];
  /** SQL from FROM to ORDER BY. */
  readonly from: string;
  readonly params: Parameters;
}

/**
 * Settings of every statement of an export. One thread that reads small blocks in the order of the
 * table needs little memory however long the answer is, and leaves the cores to questions; sorts
 * and groups that exceed their share go through the disk. `prefer_column_name_to_alias` keeps
 * filters on columns where a name in the file is that of a column.
 */
export const EXPORT_SETTINGS = Object.entries({
  max_threads: 1,
  max_block_size: 8192,
  prefer_column_name_to_alias: 1,
  optimize_read_in_order: 1,
  read_in_order_use_buffering: 0,
  // The ratios, where they are set, take the place of the absolute limits.
  max_bytes_ratio_before_external_sort: 0,
  max_bytes_ratio_before_external_group_by: 0,
  max_bytes_before_external_sort: 64 * 2 ** 20,
  min_external_sort_block_bytes: 32 * 2 ** 20,
  prefer_external_sort_block_bytes: 2 ** 20,
  max_bytes_before_external_group_by: 64 * 2 ** 20,
  output_format_parallel_formatting: 0,
  date_time_output_format: "'iso'",
  format_csv_null_representation: "''",
  output_format_csv_crlf_end_of_line: 1,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_escape_forward_slashes: 0,
  output_format_parquet_row_group_size: 65_536,
  output_format_parquet_parallel_encoding: 0,
  output_format_parquet_string_as_string: 1,
})
  .map(([name, value]) => `${name} = ${value}`)
  .join(', ');

/** The parts of the file in a format. */
export function partsOf({ columns, from, params }: Exported, format: TableFormat): ExportPart[] {
  const statement = (select: readonly string[]) => `SELECT ${select.join(', ')} ${from} SETTINGS ${EXPORT_SETTINGS}`;
  const plain = columns.map(({ name, sql }) => `${sql} AS \`${name}\``);
  if (format === 'parquet') return [{ sql: statement(plain), params, format: 'Parquet' }];
  if (format === 'ndjson') return [{ sql: statement(plain), params, format: 'JSONEachRow' }];
  const cells = columns.map((column) => `${cellOf(column)} AS \`${column.name}\``);
  // The engine would write a header before every chunk that it streams.
  const header = `${columns.map(({ name }) => name).join(',')}\r\n`;
  return [header, { sql: statement(cells), params, format: 'CSV' }];
}

/**
 * SQL of a CSV cell: a text that a spreadsheet would take for a formula gets an apostrophe in
 * front; an array or a map is JSON.
 */
function cellOf({ sql, kind }: ExportedColumn): string {
  if (kind === 'plain') return sql;
  if (kind === 'composite') return `toJSONString(${sql})`;
  return `if(match(ifNull(${sql}, ''), '^[=+\\\\-@\\t\\r]'), concat('\\'', ${sql}), ${sql})`;
}
