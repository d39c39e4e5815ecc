import type { Asked, endpoints } from '@touchstone/api';
import { DAY_MS, loyalties } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { customersTable } from '../tables.ts';
import { type Conditions, conditions, EPSILON } from './conditions.ts';
import { afterPlace, decodeCursor, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';
import { loyaltyAtNow } from './loyalty-at-now.ts';

/** Filters, order and page of a list of customers. */
export interface CustomersAsked extends Asked<typeof endpoints.listCustomers> {
  /** The product's current time, ms since 1970; behaviour and silence are measured at it. */
  readonly now: number;
  /** policy.loyalty.purchaseDays */
  readonly purchaseDays: number;
  readonly customerId?: string;
}
type Sort = Exclude<NonNullable<CustomersAsked['sort']>, `-${string}`>;

/** The list and the export of them show these. */
export const CUSTOMER_COLUMNS = [
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
] as const;
export const CUSTOMER_NAMES = { as: { customerId: 'id' } } as const;

const item = shown(customersTable, CUSTOMER_COLUMNS, CUSTOMER_NAMES);
const row = z.intersection(item.row, z.object({ loyalty: z.enum(loyalties), quietlyLeaving: z.coerce.boolean() }));
export type CustomerItem = z.infer<typeof row>;

const atNow = loyaltyAtNow('purchaseMs');

/**
 * SQL of the customers with their kind of loyalty at `{now:Int64}`; `{purchaseMs:Float64}` is
 * policy.loyalty.purchaseDays in ms.
 */
export const SETTLED_CUSTOMERS = `
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
  asked: CustomersAsked,
): Promise<Page<CustomerItem>> {
  const { sort = '-lastAt', limit = PAGE_LIMIT } = asked;
  const by = sort.replace('-', '') as Sort;
  const order: Order = { sort, value: VALUES[by], descending: sort.startsWith('-'), key: ['customer_id'] };
  const wanted = filters(asked, order);
  const rows = await clickhouse.query(
    `SELECT ${item.select}, loyalty, quietly_leaving AS quietlyLeaving
     FROM (${SETTLED_CUSTOMERS}) ${wanted.where()} ${orderBy(order)} LIMIT {limit:UInt32}`,
    {
      ...wanted.params(),
      database: databaseOf(generation),
      now: asked.now,
      purchaseMs: asked.purchaseDays * DAY_MS,
      limit: limit + 1,
    },
    row,
  );
  return pageOf(sort, limit, rows, (row) => ({ value: by === 'id' ? null : row[by], key: [row.id] }));
}

/** Adds the filters to conditions on rows of {@link SETTLED_CUSTOMERS}. */
export function addCustomerFilters(wanted: Conditions, asked: Omit<CustomersAsked, 'now' | 'purchaseDays'>): void {
  const { minSatisfaction, maxSatisfaction, quietlyLeaving } = asked;
  wanted.add('customer_id = {customerId:String}', { customerId: asked.customerId });
  wanted.add('stage = {stage:String}', { stage: asked.stage });
  wanted.add('loyalty = {loyalty:String}', { loyalty: asked.loyalty });
  wanted.add('quietly_leaving = {quietlyLeaving:Bool}', { quietlyLeaving });
  wanted.add(`satisfaction > {minSatisfaction:Float64} - ${EPSILON}`, { minSatisfaction });
  wanted.add(`satisfaction <= {maxSatisfaction:Float64} + ${EPSILON}`, { maxSatisfaction });
}

function filters(asked: CustomersAsked, order: Order) {
  const wanted = conditions();
  addCustomerFilters(wanted, asked);
  if (asked.cursor !== undefined) {
    const place = decodeCursor(order.sort, 1, asked.cursor);
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
