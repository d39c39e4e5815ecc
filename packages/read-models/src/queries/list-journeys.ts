import { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { journeyStatuses, journeysTable, stages } from '../tables.ts';
import { attributes, cursorGiven, limit, timeGiven } from './answer-fields.ts';
import { conditions, EPSILON, milliseconds, timeParameter } from './conditions.ts';
import { goOnAfter, type Order, orderBy, type Page, pageOf } from './cursor.ts';
import { FEWER_STREAMS } from './fewer-streams.ts';

const SORTS = ['startedAt', 'lastAt', 'score', 'endedAt'] as const;
type Sort = (typeof SORTS)[number];

export const listJourneysParams = z.strictObject({
  type: z.string().optional(),
  status: z.enum(journeyStatuses).optional(),
  minScore: z.number().optional(),
  maxScore: z.number().optional(),
  /** Journeys with this touchpoint. */
  touchpoint: z.string().optional(),
  channel: z.string().optional(),
  /** Current trust stage of their customer. */
  stage: z.enum(stages).optional(),
  /** Started within [from, to), ms since 1970. */
  from: timeGiven.optional(),
  to: timeGiven.optional(),
  attributes: attributes.optional(),
  customerId: z.string().optional(),
  journeyId: z.string().optional(),
  /** A minus means descending; rows without a value come last in both directions. */
  sort: z.enum([...SORTS, ...SORTS.map((sort) => `-${sort}` as const)]).default('-lastAt'),
  limit,
  cursor: cursorGiven.optional(),
});

const item = shown(journeysTable, [
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
]);
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
  given: z.input<typeof listJourneysParams>,
): Promise<Page<JourneyItem>> {
  const params = listJourneysParams.parse(given);
  const sort = params.sort.replace('-', '') as Sort;
  const order: Order = { sort: params.sort, value: VALUES[sort], descending: params.sort.startsWith('-'), key: KEY };
  const { where, params: bound } = filters(params, order);
  const rows = await clickhouse.query(
    `SELECT ${item.select} FROM {database:Identifier}.journeys FINAL ${where} ${orderBy(order)} LIMIT {limit:UInt32}
     ${FEWER_STREAMS}`,
    { ...bound, database: databaseOf(generation), limit: params.limit + 1 },
    item.row,
  );
  return pageOf(params.sort, params.limit, rows, (row) => ({ value: row[sort], key: [row.customerId, row.journeyId] }));
}

function filters(params: z.output<typeof listJourneysParams>, order: Order) {
  const { type, status, minScore, maxScore, touchpoint, channel, stage, from, to, customerId, journeyId } = params;
  const wanted = conditions();
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
  for (const [i, [name, value]] of Object.entries(params.attributes ?? {}).entries()) {
    const [key, text] = [`attribute${i}`, `attributeValue${i}`];
    wanted.add(`(mapContains(attributes, {${key}:String}) AND attributes[{${key}:String}] = {${text}:String})`, {
      [key]: name,
      [text]: value,
    });
  }
  goOnAfter(wanted, order, params.cursor);
  return { where: wanted.where(), params: wanted.params() };
}
