import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { addJourneyFilters } from '../questions/select-journeys.ts';
import { journeysTable } from '../tables.ts';
import { conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';
import { FEWER_STREAMS } from './fewer-streams.ts';

/** Filters, order and page of a list of journeys; times in ms since 1970. */
export interface JourneysAsked extends Asked<typeof endpoints.listJourneys> {
  readonly journeyId?: string;
  /** The product's now, ms; only `idleFor` needs it. */
  readonly now?: number;
}
type Sort = Exclude<NonNullable<JourneysAsked['sort']>, `-${string}`>;

/** The list and the export of them show these. */
export const JOURNEY_COLUMNS = [
  'journeyId',
  'customerId',
  'type',
  'status',
  'startedAt',
  'lastAt',
  'endedAt',
  'score',
  'level',
  'moments',
  'failures',
  'brokenPromises',
  'promisesKeptLate',
  'openComplaints',
] as const;
export const JOURNEY_NAMES = { as: { journeyId: 'id' }, orNull: ['level'] } as const;

export const journeyItem = shown(journeysTable, JOURNEY_COLUMNS, JOURNEY_NAMES);
export type JourneyItem = z.infer<typeof journeyItem.row>;

const KEY = ['customer_id', 'journey_id'];

const VALUES: Readonly<Record<Sort, string>> = {
  startedAt: milliseconds('started_at'),
  lastAt: milliseconds('last_at'),
  endedAt: milliseconds('ended_at'),
  score: 'score',
};

/**
 * Lists journeys that pass all filters in pages.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listJourneys(
  clickhouse: ClickHouse,
  generation: number,
  asked: JourneysAsked,
): Promise<Page<JourneyItem>> {
  const { sort = '-lastAt', limit = PAGE_LIMIT } = asked;
  const by = sort.replace('-', '') as Sort;
  const order: Order = { sort, value: VALUES[by], descending: sort.startsWith('-'), key: KEY };
  const { where, params: bound } = filters(asked, order);
  const rows = await clickhouse.query(
    `SELECT ${journeyItem.select} FROM {database:Identifier}.journeys FINAL ${where} ${orderBy(order)} LIMIT {limit:UInt32}
     ${FEWER_STREAMS}`,
    { ...bound, database: databaseOf(generation), limit: limit + 1 },
    journeyItem.row,
  );
  return pageOf(sort, limit, rows, (row) => ({ value: row[by], key: [row.customerId, row.id] }));
}

function filters(asked: JourneysAsked, order: Order) {
  const wanted = conditions();
  wanted.add('journey_id = {journeyId:String}', { journeyId: asked.journeyId });
  addJourneyFilters(wanted, asked, asked.now ?? 0);
  goOnAfter(wanted, order, asked.cursor);
  return { where: wanted.where(), params: wanted.params() };
}
