import type { Asked, endpoints, Told } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { milliseconds } from '../../engine/sql-time.ts';
import { conditions } from '../../queries/conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, pageOf } from '../../queries/cursor.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { IS_DISSATISFIED, LAST_MOMENT } from './purchases.ts';

/** How far back silence is looked at, ms. */
const SILENT_MS = 90 * DAY_MS;

/** SQL of a time, ms, in the last `ms` before now: (now − ms, now]. */
export const inTheLast = (ms: number, time: string) => `(${time} > {now:Int64} - ${ms} AND ${time} <= {now:Int64})`;

/** SQL that tells of a row of `customers` whether they are dissatisfied and do not complain. */
export const IS_SILENT = `(ifNull(${IS_DISSATISFIED} AND ${inTheLast(SILENT_MS, LAST_MOMENT)}, false)
  AND customer_id NOT IN (SELECT customer_id FROM {database:Identifier}.complaints FINAL
    WHERE ${inTheLast(SILENT_MS, milliseconds('raised_at'))}))`;

const row = z.object({ customerId: z.string(), satisfaction: z.number() });
const ORDER: Order = { sort: 'satisfaction', value: 'satisfaction', descending: false, key: ['customer_id'] };

/** Customers who are dissatisfied and say nothing, the least satisfied first. */
export async function silentCustomers(
  { limit = PAGE_LIMIT, cursor }: Asked<typeof endpoints.listSilentCustomers>,
  context: RowsContext,
): Promise<Told<typeof endpoints.listSilentCustomers>> {
  const wanted = conditions();
  wanted.add(IS_SILENT, {});
  goOnAfter(wanted, ORDER, cursor);
  const rows = await ask(
    context,
    `SELECT customer_id AS customerId, satisfaction FROM {database:Identifier}.customers FINAL
     ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    row,
    { ...wanted.params(), limit: limit + 1 },
  );
  return pageOf(ORDER.sort, limit, rows, ({ customerId, satisfaction }) => ({
    value: satisfaction,
    key: [customerId],
  }));
}
