import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { complaintsTable } from '../tables.ts';
import { addEqual, type Conditions, conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';

/** The list and the export of them show these. */
export const COMPLAINT_COLUMNS = [
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
] as const;
export const COMPLAINT_NAMES = {
  as: { complaintId: 'id' },
  orNull: ['journeyId', 'journeyType', 'touchpoint', 'channel', 'severity'],
} as const;

const item = shown(complaintsTable, COMPLAINT_COLUMNS, COMPLAINT_NAMES);
export type ComplaintItem = z.infer<typeof item.row>;

const KEY = ['customer_id', 'complaint_id'];
const ORDER: Order = { sort: '-raisedAt', value: milliseconds('raised_at'), descending: true, key: KEY };

/** Columns by which the report splits, and the list filters. */
export const COMPLAINT_DIMENSIONS = {
  touchpoint: 'touchpoint',
  journeyType: 'journey_type',
  channel: 'channel',
  severity: 'severity',
  team: 'actor_team',
  site: 'actor_site',
} as const;

/** Adds the filters to conditions on rows of `complaints FINAL`. */
export function addComplaintFilters(wanted: Conditions, asked: Asked<typeof endpoints.listComplaints>): void {
  wanted.add('customer_id = {customerId:String}', { customerId: asked.customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId: asked.journeyId });
  wanted.add("if(resolved_at IS NULL, 'open', 'resolved') = {state:String}", { state: asked.state });
  wanted.add('(answered_at IS NOT NULL OR resolved_at IS NOT NULL) = {answered:Bool}', { answered: asked.answered });
  wanted.add(`raised_at >= ${timeParameter('raisedFrom')}`, { raisedFrom: asked.raisedFrom });
  wanted.add(`raised_at < ${timeParameter('raisedTo')}`, { raisedTo: asked.raisedTo });
  addEqual(wanted, COMPLAINT_DIMENSIONS, asked);
}

/**
 * Lists complaints in pages, the latest raised first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listComplaints(
  clickhouse: ClickHouse,
  generation: number,
  asked: Asked<typeof endpoints.listComplaints>,
): Promise<Page<ComplaintItem>> {
  const { limit = PAGE_LIMIT } = asked;
  const wanted = conditions();
  addComplaintFilters(wanted, asked);
  goOnAfter(wanted, ORDER, asked.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.complaints FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  const placeOf = (row: ComplaintItem) => ({ value: row.raisedAt, key: [row.customerId, row.id] });
  return pageOf(ORDER.sort, limit, rows, placeOf);
}
