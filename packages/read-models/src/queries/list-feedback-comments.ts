import type { Asked, endpoints } from '@touchstone/api';
import type { z } from 'zod';
import { shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { momentsTable } from '../tables.ts';
import { conditions } from './conditions.ts';
import { goOnAfter, type Order, orderBy, PAGE_LIMIT, type Page, POSITION_KEY, pageOf, positionKey } from './cursor.ts';

const item = shown(
  momentsTable,
  [
    'position',
    'eventId',
    'time',
    'instrument',
    'feedbackScore',
    'comment',
    'touchpoint',
    'customerId',
    'journeyId',
    'journeyType',
  ],
  { as: { time: 'at', feedbackScore: 'score' }, orNull: ['touchpoint', 'journeyId', 'journeyType'] },
);
export type FeedbackComment = Omit<z.infer<typeof item.row>, 'instrument' | 'score'> & {
  readonly instrument: 'csat' | 'nps' | 'ces';
  readonly score: number;
};

const ORDER: Order = { sort: '-at', value: milliseconds('time'), descending: true, key: [POSITION_KEY] };

/**
 * Lists what customers wrote with their feedback in pages, the latest first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function listFeedbackComments(
  clickhouse: ClickHouse,
  generation: number,
  asked: Asked<typeof endpoints.listFeedbackComments>,
): Promise<Page<FeedbackComment>> {
  const { limit = PAGE_LIMIT } = asked;
  const wanted = conditions();
  wanted.add("type = 'touchstone.feedback.given.v1' AND comment != ''", {});
  wanted.add(`time >= ${timeParameter('from')}`, { from: asked.from });
  wanted.add(`time < ${timeParameter('to')}`, { to: asked.to });
  wanted.add(`time <= ${timeParameter('asOf')}`, { asOf: asked.asOf });
  wanted.add(`recorded_at <= ${timeParameter('knownAt')}`, { knownAt: asked.knownAt });
  goOnAfter(wanted, ORDER, asked.cursor);
  const rows = await clickhouse.query(
    `SELECT ${item.select} FROM {database:Identifier}.moments ${wanted.where()} ${orderBy(ORDER)} LIMIT {limit:UInt32}`,
    { ...wanted.params(), database: databaseOf(generation), limit: limit + 1 },
    item.row,
  );
  const comments = rows as readonly FeedbackComment[];
  const placeOf = ({ at, position }: FeedbackComment) => ({ value: at, key: [positionKey(position)] });
  return pageOf(ORDER.sort, limit, comments, placeOf);
}
