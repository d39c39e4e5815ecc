import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { customersTable, stages } from '../tables.ts';
import { cursorGiven, limit, timeGiven } from './answer-fields.ts';
import { conditions, EPSILON, milliseconds } from './conditions.ts';
import { afterPlace, decodeCursor, type Order, orderBy, type Page, pageOf } from './cursor.ts';
import { loyaltyAtNow } from './loyalty-at-now.ts';

const SORTS = ['satisfaction', 'lastAt', 'since', 'id'] as const;
type Sort = (typeof SORTS)[number];

const loyalty = z.enum(['true', 'latent', 'spurious', 'none']);

export const listCustomersParams = z.strictObject({
  /** The product's current time, ms since 1970; behaviour and silence are measured at it. */
  now: timeGiven,
  /** policy.loyalty.purchaseDays */
  purchaseDays: z.number().positive(),
  customerId: z.string().optional(),
  stage: z.enum(stages).optional(),
  loyalty: loyalty.optional(),
  quietlyLeaving: z.boolean().optional(),
  minSatisfaction: z.number().optional(),
  maxSatisfaction: z.number().optional(),
  /** A minus means descending; rows without a value come last in both directions. */
  sort: z.enum([...SORTS, ...SORTS.map((sort) => `-${sort}` as const)]).default('-lastAt'),
  limit,
  cursor: cursorGiven.optional(),
});

const item = shown(customersTable, [
  'customerId',
  'stage',
  'since',
  'satisfaction',
  'satisfiedMoments',
  'streak',
  'delights',
  'purchases',
  'incidents',
  'journeys',
  'moments',
  'firstAt',
  'lastAt',
]);
const row = z.intersection(item.row, z.object({ loyalty, quietlyLeaving: z.coerce.boolean() }));
export type CustomerItem = z.infer<typeof row>;

const DAY_MS = 86_400_000;

const atNow = loyaltyAtNow('purchaseMs');

const SETTLED = `
  SELECT *, ${atNow.loyalty} AS loyalty, ${atNow.quietlyLeaving} AS quietly_leaving
  FROM {database:Identifier}.customers FINAL`;

const VALUES: Readonly<Record<Sort, string>> = {
  satisfaction: 'satisfaction',
  lastAt: milliseconds('last_at'),
  since: milliseconds('since'),
  id: 'customer_id',
};

/**
 * Lists customers that pass all filters in pages, with their kind of loyalty at `now`.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listCustomers(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof listCustomersParams>,
): Promise<Page<CustomerItem>> {
  const params = listCustomersParams.parse(given);
  const sort = params.sort.replace('-', '') as Sort;
  const descending = params.sort.startsWith('-');
  const order: Order = { sort: params.sort, value: VALUES[sort], descending, key: ['customer_id'] };
  const wanted = filters(params, order);
  const rows = await clickhouse.query(
    `SELECT ${item.select}, loyalty, quietly_leaving AS quietlyLeaving
     FROM (${SETTLED}) ${wanted.where()} ${orderBy(order)} LIMIT {limit:UInt32}`,
    {
      ...wanted.params(),
      database: databaseOf(generation),
      now: params.now,
      purchaseMs: params.purchaseDays * DAY_MS,
      limit: params.limit + 1,
    },
    row,
  );
  return pageOf(params.sort, params.limit, rows, (row) => ({
    value: sort === 'id' ? null : row[sort],
    key: [row.customerId],
  }));
}

function filters(params: z.output<typeof listCustomersParams>, order: Order) {
  const { minSatisfaction, maxSatisfaction, quietlyLeaving } = params;
  const wanted = conditions();
  wanted.add('customer_id = {customerId:String}', { customerId: params.customerId });
  wanted.add('stage = {stage:String}', { stage: params.stage });
  wanted.add('loyalty = {loyalty:String}', { loyalty: params.loyalty });
  wanted.add('quietly_leaving = {quietlyLeaving:Bool}', { quietlyLeaving });
  wanted.add(`satisfaction > {minSatisfaction:Float64} - ${EPSILON}`, { minSatisfaction });
  wanted.add(`satisfaction <= {maxSatisfaction:Float64} + ${EPSILON}`, { maxSatisfaction });
  if (params.cursor !== undefined) {
    const place = decodeCursor(params.sort, 1, params.cursor);
    const after =
      order.value === 'customer_id'
        ? {
            sql: `customer_id ${order.descending ? '<' : '>'} {afterKey0:String}`,
            params: { afterKey0: place.key[0]! },
          }
        : afterPlace(order, place);
    wanted.add(after.sql, after.params);
  }
  return wanted;
}
