import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { LOGS } from './real-logs-here.ts';

/** Reads the real logs apart from the product, and counts in them what questions answer. */

type Row = Readonly<Record<string, string>>;

/** The rows of a CSV whose cells hold no quotes but around them. */
function rowsOf(file: string): Row[] {
  const [head, ...lines] = gunzipSync(readFileSync(join(LOGS, file)))
    .toString('utf8')
    .trimEnd()
    .split(/\r?\n/);
  const cellsOf = (line: string) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!,
    );
  const names = cellsOf(head!);
  return lines.map((line) => {
    const cells = cellsOf(line);
    assert.equal(cells.length, names.length, `${file}: ${line}`);
    return Object.fromEntries(names.map((name, at) => [name, cells[at]!]));
  });
}

export interface LateOfState {
  /** Promises, those kept in time, and those of orders that never came. */
  readonly promises: number;
  readonly kept: number;
  readonly missing: number;
}

/** Deliveries at or before the promised instant, by the customer's state. */
export function olistByState(): Map<string, LateOfState> {
  const orders = new Map(rowsOf('olist/event_log_orders.csv.gz').map((row) => [row.order_id!, row]));
  const delivered = new Map<string, number>();
  for (const { order_id: id, activity, timestamp } of rowsOf('olist/event_log_events.csv.gz')) {
    if (activity !== 'deliever_customer' || timestamp === '') continue;
    delivered.set(id!, Math.min(delivered.get(id!) ?? Number.POSITIVE_INFINITY, utc(timestamp!)));
  }
  const found = new Map<string, LateOfState>();
  for (const [id, order] of orders) {
    const { promises, kept, missing } = found.get(order.customer_state!) ?? { promises: 0, kept: 0, missing: 0 };
    const at = delivered.get(id);
    const isKept = at !== undefined && at <= utc(order.order_estimated_delivery_date!);
    found.set(order.customer_state!, {
      promises: promises + 1,
      kept: kept + (isKept ? 1 : 0),
      missing: missing + (at === undefined ? 1 : 0),
    });
  }
  return found;
}

const utc = (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);

/** Month of the first purchase → months later → customers with so many purchases then. */
export function cdnowCohorts(atLeast: number): Map<string, Map<number, number>> {
  const byCustomer = new Map<string, string[]>();
  for (const { customer_id: id, date } of rowsOf('cdnow/cdnow_transactions.csv.gz')) {
    const months = byCustomer.get(id!) ?? [];
    months.push(date!.slice(0, 7));
    byCustomer.set(id!, months);
  }
  const nth = (month: string) => 12 * Number(month.slice(0, 4)) + Number(month.slice(5));
  const cohorts = new Map<string, Map<number, number>>();
  for (const months of byCustomer.values()) {
    const first = [...months].sort()[0]!;
    const cohort = cohorts.get(first) ?? new Map<number, number>();
    cohorts.set(first, cohort);
    for (const month of new Set(months)) {
      if (months.filter((other) => other === month).length < atLeast) continue;
      const k = nth(month) - nth(first);
      cohort.set(k, (cohort.get(k) ?? 0) + 1);
    }
  }
  return cohorts;
}

/** A day as the file writes it, in either way, as yyyy-mm-dd. */
const isoDay = (text: string) => text.replace(/^(\d\d)-(\d\d)-(\d\d)$/, '20$3-$2-$1');

/** The subject of a complaint, as long as the name of a touchpoint may be. */
const typeOf = (row: Row) => row['Customer Complaint']!.slice(0, 128);

/** Writes the complaints with their days in one way, for the import. */
export function writeComcast(file: string): void {
  const rows = rowsOf('comcast_complaints/comcast_complaints.csv.gz');
  const names = Object.keys(rows[0]!);
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const cellOf = (row: Row, name: string) =>
    name === 'Date' ? isoDay(row.Date!) : name === 'Customer Complaint' ? typeOf(row) : row[name]!;
  const lines = rows.map((row) => names.map((name) => quoted(cellOf(row, name))).join(','));
  writeFileSync(file, `${names.map(quoted).join(',')}\n${lines.join('\n')}\n`);
}

/** Counts of complaints by what they are about and their day. */
export function comcastByTypeAndDay(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rowsOf('comcast_complaints/comcast_complaints.csv.gz')) {
    const key = `${typeOf(row)} ${isoDay(row.Date!)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
