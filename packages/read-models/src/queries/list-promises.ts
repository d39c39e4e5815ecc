import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { promiseStates, promisesTable } from '../tables.ts';
import { cursorGiven, limit, timeGiven } from './answer-fields.ts';
import { conditions, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';

export const listPromisesParams = z.strictObject({
  state: z.enum(promiseStates).optional(),
  /** Due within [dueFrom, dueTo), ms since 1970. */
  dueFrom: timeGiven.optional(),
  dueTo: timeGiven.optional(),
  customerId: z.string().optional(),
  journeyId: z.string().optional(),
  limit,
  cursor: cursorGiven.optional(),
});

const item = shown(promisesTable, [
  'promiseId',
  'customerId',
  'journeyId',
  'journeyType',
  'touchpoint',
  'what',
  'madeAt',
  'dueAt',
  'state',
  'closedAt',
]);
export type PromiseItem = z.infer<typeof item.row>;

const KEY = ['customer_id', 'promise_id'];
const ORDER: Order = { sort: 'dueAt', value: milliseconds('due_at'), descending: false, key: KEY };

/**
 * Lists promises in pages, ordered by due date.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listPromises(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof listPromisesParams>,
): Promise<Page<PromiseItem>> {
  const params = listPromisesParams.parse(given);
  const wanted = conditions();
  wanted.add('customer_id = {customerId:String}', { customerId: params.customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId: params.journeyId });
  wanted.add('state = {state:String}', { state: params.state });
  wanted.add(`due_at >= ${timeParameter('dueFrom')}`, { dueFrom: params.dueFrom });
  wanted.add(`due_at < ${timeParameter('dueTo')}`, { dueTo: params.dueTo });
  goOnAfter(wanted, ORDER, params.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.promises FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: params.limit + 1 },
    item.row,
  );
  return pageOf(ORDER.sort, params.limit, rows, (row) => ({ value: row.dueAt, key: [row.customerId, row.promiseId] }));
}
