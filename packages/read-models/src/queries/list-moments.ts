import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { countsEvent } from '../questions/index/measures.ts';
import { IS_FAILURE, IS_MOMENT } from '../questions/select-journeys.ts';
import { momentsTable } from '../tables.ts';
import { type Conditions, conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, POSITION_KEY, pageOf, positionKey } from './cursor.ts';

const item = shown(
  momentsTable,
  [
    'position',
    'time',
    'eventId',
    'source',
    'type',
    'customerId',
    'journeyId',
    'journeyType',
    'touchpoint',
    'channel',
    'outcome',
    'cause',
    'verdict',
    'score',
    'durationMs',
    'actorTeam',
    'actorSite',
  ],
  {
    as: { actorTeam: 'team', actorSite: 'site' },
    orNull: [
      'journeyId',
      'journeyType',
      'touchpoint',
      'channel',
      'outcome',
      'cause',
      'verdict',
      'actorTeam',
      'actorSite',
    ],
  },
);
export type MomentItem = z.infer<typeof item.row>;

const ORDER: Order = { sort: '-time', value: milliseconds('time'), descending: true, key: [POSITION_KEY] };

/** Adds the filters to conditions on rows of `moments`. */
export function addMomentFilters(wanted: Conditions, asked: Asked<typeof endpoints.listMoments>): void {
  const { customerId, journeyId, type, eventType, touchpoint, channel, outcome, team, site, from, to } = asked;
  wanted.add('customer_id = {customerId:String}', { customerId });
  wanted.add('journey_id = {journeyId:String}', { journeyId });
  wanted.add('journey_type = {type:String}', { type });
  wanted.add('type = {eventType:String}', { eventType });
  wanted.add('touchpoint = {touchpoint:String}', { touchpoint });
  wanted.add('channel = {channel:String}', { channel });
  wanted.add('outcome = {outcome:String}', { outcome });
  wanted.add('instrument = {instrument:String}', { instrument: asked.instrument });
  wanted.add(`${IS_MOMENT} AND (${IS_FAILURE}) = {failed:Bool}`, { failed: asked.failed });
  wanted.add('(score IS NOT NULL) = {scored:Bool}', { scored: asked.scored });
  if (asked.measure !== undefined) wanted.add(countsEvent(asked.measure), {});
  wanted.add('actor_team = {team:String}', { team });
  wanted.add('actor_site = {site:String}', { site });
  wanted.add(`time >= ${timeParameter('from')}`, { from });
  wanted.add(`time < ${timeParameter('to')}`, { to });
}

/**
 * Lists events in pages, the latest first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listMoments(
  clickhouse: ClickHouse,
  generation: number,
  asked: Asked<typeof endpoints.listMoments>,
): Promise<Page<MomentItem>> {
  const { limit = PAGE_LIMIT } = asked;
  const wanted = conditions();
  addMomentFilters(wanted, asked);
  goOnAfter(wanted, ORDER, asked.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select}
     FROM {database:Identifier}.moments ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  return pageOf(ORDER.sort, limit, rows, (row) => ({
    value: row.time,
    key: [positionKey(row.position)],
  }));
}
