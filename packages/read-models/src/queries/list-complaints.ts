import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { complaintsTable } from '../tables.ts';
import { cursorGiven, limit, timeGiven } from './answer-fields.ts';
import { conditions, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';

export const listComplaintsParams = z.strictObject({
  /** A complaint is open until it is resolved. */
  state: z.enum(['open', 'resolved']).optional(),
  /** Raised within [raisedFrom, raisedTo), ms since 1970. */
  raisedFrom: timeGiven.optional(),
  raisedTo: timeGiven.optional(),
  customerId: z.string().optional(),
  journeyId: z.string().optional(),
  limit,
  cursor: cursorGiven.optional(),
});

const item = shown(complaintsTable, [
  'complaintId',
  'customerId',
  'journeyId',
  'journeyType',
  'touchpoint',
  'channel',
  'severity',
  'raisedAt',
  'answeredAt',
  'resolvedAt',
  'followedUpAt',
  'firstContact',
  'satisfaction',
]);
export type ComplaintItem = z.infer<typeof item.row>;

const KEY = ['customer_id', 'complaint_id'];
const ORDER: Order = { sort: '-raisedAt', value: milliseconds('raised_at'), descending: true, key: KEY };

/**
 * Lists complaints in pages, the latest raised first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listComplaints(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof listComplaintsParams>,
): Promise<Page<ComplaintItem>> {
  const params = listComplaintsParams.parse(given);
  const wanted = conditions();
  wanted.add('customer_id = {customerId:String}', { customerId: params.customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId: params.journeyId });
  wanted.add("if(resolved_at IS NULL, 'open', 'resolved') = {state:String}", { state: params.state });
  wanted.add(`raised_at >= ${timeParameter('raisedFrom')}`, { raisedFrom: params.raisedFrom });
  wanted.add(`raised_at < ${timeParameter('raisedTo')}`, { raisedTo: params.raisedTo });
  goOnAfter(wanted, ORDER, params.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.complaints FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: params.limit + 1 },
    item.row,
  );
  const placeOf = (row: ComplaintItem) => ({ value: row.raisedAt, key: [row.customerId, row.complaintId] });
  return pageOf(ORDER.sort, params.limit, rows, placeOf);
}
