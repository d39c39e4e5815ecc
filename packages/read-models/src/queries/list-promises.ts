import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { promisesTable } from '../tables.ts';
import { addEqual, type Conditions, conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';

/** The list and the export of them show these. */
export const PROMISE_COLUMNS = [
  'promiseId',
  'customerId',
  'expected',
  'journeyId',
  'journeyType',
  'touchpoint',
  'what',
  'madeAt',
  'dueAt',
  'state',
  'closedAt',
] as const;
export const PROMISE_NAMES = {
  as: { promiseId: 'id' },
  orNull: ['journeyId', 'journeyType', 'touchpoint', 'what'],
} as const;

const item = shown(promisesTable, PROMISE_COLUMNS, PROMISE_NAMES);
export type PromiseItem = z.infer<typeof item.row>;

const KEY = ['customer_id', 'promise_id', 'toString(expected)'];
const ORDER: Order = { sort: 'dueAt', value: milliseconds('due_at'), descending: false, key: KEY };

/** Columns by which the report splits, and the list filters. */
export const PROMISE_DIMENSIONS = {
  touchpoint: 'touchpoint',
  journeyType: 'journey_type',
  team: 'actor_team',
  site: 'actor_site',
  what: 'what',
} as const;

/** Adds the filters to conditions on rows of `promises FINAL`. */
export function addPromiseFilters(wanted: Conditions, asked: Asked<typeof endpoints.listPromises>): void {
  wanted.add('customer_id = {customerId:String}', { customerId: asked.customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId: asked.journeyId });
  wanted.add('state = {state:String}', { state: asked.state });
  wanted.add('expected = {expected:Bool}', { expected: asked.expected });
  wanted.add(`due_at >= ${timeParameter('dueFrom')}`, { dueFrom: asked.dueFrom });
  wanted.add(`due_at < ${timeParameter('dueTo')}`, { dueTo: asked.dueTo });
  addEqual(wanted, PROMISE_DIMENSIONS, asked);
}

/**
 * Lists promises in pages, ordered by due date.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listPromises(
  clickhouse: ClickHouse,
  generation: number,
  asked: Asked<typeof endpoints.listPromises>,
): Promise<Page<PromiseItem>> {
  const { limit = PAGE_LIMIT } = asked;
  const wanted = conditions();
  addPromiseFilters(wanted, asked);
  goOnAfter(wanted, ORDER, asked.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.promises FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  return pageOf(ORDER.sort, limit, rows, (row) => ({
    value: row.dueAt,
    key: [row.customerId, row.id, String(row.expected)],
  }));
}
