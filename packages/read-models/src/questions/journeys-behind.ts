import type { Parameters } from '../engine/clickhouse.ts';
import { milliseconds } from '../engine/sql-time.ts';
import { afterPlace, decodeCursor, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from '../queries/cursor.ts';
import { type JourneyItem, journeyItem } from '../queries/list-journeys.ts';
import type { Cases } from './cases.ts';

/** The page of a list that is asked for. */
export interface PageAsked {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A journey behind a figure; what is not kept for the past is null there. */
export type JourneyBehind = Omit<JourneyItem, 'brokenPromises' | 'promisesKeptLate' | 'openComplaints'> & {
  readonly brokenPromises: number | null;
  readonly promisesKeptLate: number | null;
  readonly openComplaints: number | null;
};

const ORDER: Order = {
  sort: '-lastAt',
  value: milliseconds('last_at'),
  descending: true,
  key: ['customer_id', 'journey_id'],
};

const NOT_KEPT = { brokenPromises: null, promisesKeptLate: null, openComplaints: null };

/**
 * Lists the journeys of some cases in pages, the latest first. `found` is SQL of their
 * `customer_id` and `journey_id`, bound with `params`; null lists none.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function journeysBehind(
  cases: Cases,
  found: string | null,
  { limit = PAGE_LIMIT, cursor }: PageAsked,
  params: Parameters = {},
): Promise<Page<JourneyBehind>> {
  const after = cursor === undefined ? undefined : afterPlace(ORDER, decodeCursor(ORDER.sort, 2, cursor));
  if (found === null) return { items: [], nextCursor: null };
  const rows = await cases.query(
    `SELECT ${journeyItem.select} FROM ${cases.journeys()}
     WHERE (customer_id, journey_id) IN ${found} ${after === undefined ? '' : `AND ${after.sql}`}
     ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    journeyItem.row,
    { ...params, ...after?.params, limit: limit + 1 },
  );
  const page = pageOf(ORDER.sort, limit, rows, (row) => ({ value: row.lastAt, key: [row.customerId, row.id] }));
  return cases.isPast ? { ...page, items: page.items.map((item) => ({ ...item, ...NOT_KEPT })) } : page;
}
