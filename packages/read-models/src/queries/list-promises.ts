import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { cursorGiven, instant, limit, timeGiven } from './answer-fields.ts';
import { conditions, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';

const state = z.enum(['open', 'kept', 'withdrawn', 'broken', 'kept-late']);

export const listPromisesParams = z.strictObject({
  state: state.optional(),
  /** Due within [dueFrom, dueTo), ms since 1970. */
  dueFrom: timeGiven.optional(),
  dueTo: timeGiven.optional(),
  customerId: z.string().optional(),
  journeyId: z.string().optional(),
  limit,
  cursor: cursorGiven.optional(),
});

export const promiseItem = z.object({
  promiseId: z.string(),
  customerId: z.string(),
  journeyId: z.string(),
  journeyType: z.string(),
  touchpoint: z.string(),
  what: z.string(),
  madeAt: instant,
  dueAt: instant,
  state,
  closedAt: instant.nullable(),
});
export type PromiseItem = z.infer<typeof promiseItem>;

const KEY = ['customer_id', 'promise_id'];
const ORDER: Order = { sort: 'dueAt', value: milliseconds('due_at'), descending: false, key: KEY };

/** The promise ledger, by due date, a page at a time. @throws ReadModelError `invalid` for a foreign cursor. */
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
    `SELECT promise_id AS promiseId, customer_id AS customerId, journey_id AS journeyId, journey_type AS journeyType,
       touchpoint, what, ${milliseconds('made_at')} AS madeAt, ${milliseconds('due_at')} AS dueAt, state,
       ${milliseconds('closed_at')} AS closedAt
     FROM {database:Identifier}.promises FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: params.limit + 1 },
    promiseItem,
  );
  return pageOf(ORDER.sort, params.limit, rows, (row) => ({ value: row.dueAt, key: [row.customerId, row.promiseId] }));
}
