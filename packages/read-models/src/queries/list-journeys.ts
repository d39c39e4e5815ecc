import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { journeysTable } from '../tables.ts';
import { type Conditions, conditions, EPSILON } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, pageOf } from './cursor.ts';
import { FEWER_STREAMS } from './fewer-streams.ts';

/** Filters, order and page of a list of journeys; times in ms since 1970. */
export interface JourneysAsked extends Asked<typeof endpoints.listJourneys> {
  readonly journeyId?: string;
}
type Sort = Exclude<NonNullable<JourneysAsked['sort']>, `-${string}`>;

const item = shown(
  journeysTable,
  [
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
  ],
  { as: { journeyId: 'id' }, orNull: ['level'] },
);
export type JourneyItem = z.infer<typeof item.row>;

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
    `SELECT ${item.select} FROM {database:Identifier}.journeys FINAL ${where} ${orderBy(order)} LIMIT {limit:UInt32}
     ${FEWER_STREAMS}`,
    { ...bound, database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  return pageOf(sort, limit, rows, (row) => ({ value: row[by], key: [row.customerId, row.id] }));
}

/** Adds the filters to conditions on rows of `journeys FINAL`. */
export function addJourneyFilters(wanted: Conditions, asked: JourneysAsked): void {
  const { type, status, minScore, maxScore, touchpoint, channel, stage, from, to, customerId, journeyId } = asked;
  wanted.add('customer_id = {customerId:String}', { customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId });
  wanted.add('type = {type:String}', { type });
  wanted.add('status = {status:String}', { status });
  wanted.add(`score > {minScore:Float64} - ${EPSILON}`, { minScore });
  wanted.add(`score <= {maxScore:Float64} + ${EPSILON}`, { maxScore });
  wanted.add('has(touchpoints, {touchpoint:String})', { touchpoint });
  wanted.add('has(channels, {channel:String})', { channel });
  wanted.add(`started_at >= ${timeParameter('from')}`, { from });
  wanted.add(`started_at < ${timeParameter('to')}`, { to });
  wanted.add(
    'customer_id IN (SELECT customer_id FROM {database:Identifier}.customers FINAL WHERE stage = {stage:String})',
    { stage },
  );
  for (const [i, [name, value]] of Object.entries(asked.attributes ?? {}).entries()) {
    const [key, text] = [`attribute${i}`, `attributeValue${i}`];
    wanted.add(`(mapContains(attributes, {${key}:String}) AND attributes[{${key}:String}] = {${text}:String})`, {
      [key]: name,
      [text]: value,
    });
  }
}

function filters(asked: JourneysAsked, order: Order) {
  const wanted = conditions();
  addJourneyFilters(wanted, asked);
  goOnAfter(wanted, order, asked.cursor);
  return { where: wanted.where(), params: wanted.params() };
}
