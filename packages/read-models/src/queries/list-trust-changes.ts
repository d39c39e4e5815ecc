import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { count, cursorGiven, instant, limit, timeGiven } from './answer-fields.ts';
import { conditions, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';

export const listTrustChangesParams = z.strictObject({
  customerId: z.string().optional(),
  /** Why: `earned`, `idle`, … */
  because: z.string().optional(),
  /** Moved within [from, to), ms since 1970. */
  from: timeGiven.optional(),
  to: timeGiven.optional(),
  limit,
  cursor: cursorGiven.optional(),
});

export const trustChangeItem = z.object({
  customerId: z.string(),
  ordinal: count,
  from: z.string(),
  to: z.string(),
  at: instant,
  because: z.string(),
  satisfaction: z.number().nullable(),
});
export type TrustChangeItem = z.infer<typeof trustChangeItem>;

/** The ordinal takes part as text of a fixed length, because a cursor's keys are texts. */
const KEY = ['customer_id', "leftPad(toString(ordinal), 10, '0')"];
const ORDER: Order = { sort: '-at', value: milliseconds('at'), descending: true, key: KEY };

const answerRow = trustChangeItem
  .omit({ at: true })
  .extend({ at_ms: instant })
  .transform(({ at_ms: at, ...row }): TrustChangeItem => ({ ...row, at }));

/** Moves between trust stages, the latest first, a page at a time. @throws ReadModelError `invalid` for a foreign cursor. */
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
    `SELECT customer_id AS customerId, ordinal, \`from\`, \`to\`, ${milliseconds('at')} AS at_ms, because, satisfaction
     FROM {database:Identifier}.trust_changes FINAL ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: params.limit + 1 },
    answerRow,
  );
  return pageOf(ORDER.sort, params.limit, rows, (row) => ({
    value: row.at,
    key: [row.customerId, String(row.ordinal).padStart(10, '0')],
  }));
}
