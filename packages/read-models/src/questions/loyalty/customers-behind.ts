import { stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import type { Parameters } from '../../engine/clickhouse.ts';
import { conditions } from '../../queries/conditions.ts';
import { goOnAfter, type Order, PAGE_LIMIT, type Page, pageOf } from '../../queries/cursor.ts';
import { ask, type RowsContext } from '../rows-context.ts';

const row = z.object({ customerId: z.string(), stage: z.enum(stages), satisfaction: z.number().nullable() });
type CustomerBehind = z.output<typeof row>;

const ORDER: Order = { sort: 'customerId', value: 'NULL', descending: false, key: ['customer_id'] };

/**
 * The customers whose ids `members`, SQL of ours, selects, as they are now; by id, a page at a
 * time.
 */
export async function customersBehind(
  members: string,
  params: Parameters,
  { limit = PAGE_LIMIT, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  context: RowsContext,
): Promise<Page<CustomerBehind>> {
  const wanted = conditions();
  wanted.add(`customer_id IN (${members})`, {});
  goOnAfter(wanted, ORDER, cursor);
  const rows = await ask(
    context,
    `SELECT customer_id AS customerId, toString(stage) AS stage, satisfaction
     FROM {database:Identifier}.customers FINAL ${wanted.where()} ORDER BY ${ORDER.key.join(', ')} LIMIT {limit:UInt32}`,
    row,
    { ...params, ...wanted.params(), limit: limit + 1 },
  );
  return pageOf(ORDER.sort, limit, rows, ({ customerId }) => ({ value: null, key: [customerId] }));
}
