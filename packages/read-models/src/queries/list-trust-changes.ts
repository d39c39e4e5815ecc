import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { trustChangesTable } from '../tables.ts';
import { type Conditions, conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';

/** The list and the export of them show these. */
export const TRUST_CHANGE_COLUMNS = ['customerId', 'ordinal', 'from', 'to', 'at', 'because', 'satisfaction'] as const;

const item = shown(trustChangesTable, TRUST_CHANGE_COLUMNS);
export type TrustChangeItem = z.infer<typeof item.row>;

/** The ordinal is a fixed-length text here, because a cursor's keys are texts. */
const KEY = ['customer_id', "leftPad(toString(ordinal), 10, '0')"];
const ORDER: Order = { sort: '-at', value: milliseconds('at'), descending: true, key: KEY };

/** Adds the filters to conditions on rows of `trust_changes FINAL`. */
export function addTrustChangeFilters(wanted: Conditions, asked: Asked<typeof endpoints.listTrustChanges>): void {
  wanted.add('customer_id = {customerId:String}', { customerId: asked.customerId });
  wanted.add('because = {because:String}', { because: asked.because });
  wanted.add('`from` = {fromStage:String}', { fromStage: asked.fromStage });
  wanted.add('`to` = {toStage:String}', { toStage: asked.toStage });
  wanted.add(`at >= ${timeParameter('from')}`, { from: asked.from });
  wanted.add(`at < ${timeParameter('to')}`, { to: asked.to });
}

/**
 * Lists moves between trust stages in pages, the latest first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listTrustChanges(
  clickhouse: ClickHouse,
  generation: number,
  asked: Asked<typeof endpoints.listTrustChanges>,
): Promise<Page<TrustChangeItem>> {
  const { limit = PAGE_LIMIT } = asked;
  const wanted = conditions();
  addTrustChangeFilters(wanted, asked);
  goOnAfter(wanted, ORDER, asked.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.trust_changes FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  return pageOf(ORDER.sort, limit, rows, (row) => ({
    value: row.at,
    key: [row.customerId, String(row.ordinal).padStart(10, '0')],
  }));
}
