import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { trustChangesTable } from '../tables.ts';
import { cursorGiven, limit, timeGiven } from './answer-fields.ts';
import { conditions, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';

export const listTrustChangesParams = z.strictObject({
  customerId: z.string().optional(),
  /** The reason: `earned`, `idle`, … */
  because: z.string().optional(),
  /** Moved within [from, to), ms since 1970. */
  from: timeGiven.optional(),
  to: timeGiven.optional(),
  limit,
  cursor: cursorGiven.optional(),
});

const item = shown(trustChangesTable, ['customerId', 'ordinal', 'from', 'to', 'at', 'because', 'satisfaction']);
export type TrustChangeItem = z.infer<typeof item.row>;

/** The ordinal is a fixed-length text here, because a cursor's keys are texts. */
const KEY = ['customer_id', "leftPad(toString(ordinal), 10, '0')"];
const ORDER: Order = { sort: '-at', value: milliseconds('at'), descending: true, key: KEY };

/**
 * Lists moves between trust stages in pages, the latest first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listTrustChanges(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof listTrustChangesParams>,
): Promise<Page<TrustChangeItem>> {
  const params = listTrustChangesParams.parse(given);
  const wanted = conditions();
  wanted.add('customer_id = {customerId:String}', { customerId: params.customerId });
  wanted.add('because = {because:String}', { because: params.because });
  wanted.add(`at >= ${timeParameter('from')}`, { from: params.from });
  wanted.add(`at < ${timeParameter('to')}`, { to: params.to });
  goOnAfter(wanted, ORDER, params.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.trust_changes FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: params.limit + 1 },
    item.row,
  );
  return pageOf(ORDER.sort, params.limit, rows, (row) => ({
    value: row.at,
    key: [row.customerId, String(row.ordinal).padStart(10, '0')],
  }));
}
