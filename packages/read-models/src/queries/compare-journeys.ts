import { journeyStatuses } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { mostChangedParams } from './compare-customers.ts';
import { type Compared, IS_COMPARED, JOIN_SETTINGS, sidesOf } from './compare-tables.ts';
import { EPSILON } from './conditions.ts';

const status = z.enum(journeyStatuses);

/** Journeys known to both generations, grouped by type and by their level and status in each. */
const row = z.object({
  type: z.string(),
  /** '' if the journey has no score. */
  levelBefore: z.string(),
  levelAfter: z.string(),
  statusBefore: status,
  statusAfter: status,
  journeys: count,
  scoreChanged: count,
  /** Journeys that have a score in both generations; the sums below are over these. */
  scored: count,
  scoreSumBefore: z.number(),
  scoreSumAfter: z.number(),
});
export type JourneysCompared = z.infer<typeof row>;

const SCORE_CHANGED = `(isNull(b_score) != isNull(a_score) OR ifNull(abs(a_score - b_score), 0) > ${EPSILON})`;

const side = (name: 'a' | 'b', database: 'after' | 'before') => `
  SELECT customer_id, journey_id, version AS ${name}_version, type AS ${name}_type, status AS ${name}_status,
    score AS ${name}_score, level AS ${name}_level
  FROM {${database}:Identifier}.journeys FINAL`;

const JOINED = `
  SELECT customer_id, journey_id, a_type AS type, b_status, a_status, b_score, a_score, b_level, a_level,
    ${SCORE_CHANGED} AS score_changed
  FROM (${side('b', 'before')}) AS b INNER JOIN (${side('a', 'after')}) AS a USING (customer_id, journey_id)
  WHERE ${IS_COMPARED}`;

/** Counts the changes of scores, levels and statuses, by journey type. */
export async function compareJourneys(clickhouse: ClickHouse, compared: Compared): Promise<JourneysCompared[]> {
  const both = 'isNotNull(b_score) AND isNotNull(a_score)';
  return clickhouse.query(
    `SELECT type, b_level AS levelBefore, a_level AS levelAfter, b_status AS statusBefore, a_status AS statusAfter,
       count() AS journeys, countIf(score_changed) AS scoreChanged, countIf(${both}) AS scored,
       ifNull(sumIf(b_score, ${both}), 0) AS scoreSumBefore, ifNull(sumIf(a_score, ${both}), 0) AS scoreSumAfter
     FROM (${JOINED}) GROUP BY type, levelBefore, levelAfter, statusBefore, statusAfter
     ORDER BY type, levelBefore, levelAfter, statusBefore, statusAfter ${JOIN_SETTINGS}`,
    sidesOf(compared),
    row,
  );
}

const changedRow = z.object({
  customerId: z.string(),
  journeyId: z.string(),
  type: z.string(),
  statusBefore: status,
  statusAfter: status,
  scoreBefore: z.number().nullable(),
  scoreAfter: z.number().nullable(),
  levelBefore: z.string(),
  levelAfter: z.string(),
});
export type ChangedJourney = z.infer<typeof changedRow>;

/** Journeys that change: the largest change of score first, those with only another status last. */
export async function mostChangedJourneys(
  clickhouse: ClickHouse,
  compared: Compared,
  given: z.input<typeof mostChangedParams>,
): Promise<ChangedJourney[]> {
  const { limit } = mostChangedParams.parse(given);
  return clickhouse.query(
    `SELECT customer_id AS customerId, journey_id AS journeyId, type, b_status AS statusBefore, a_status AS statusAfter,
       b_score AS scoreBefore, a_score AS scoreAfter, b_level AS levelBefore, a_level AS levelAfter
     FROM (${JOINED}) WHERE score_changed OR b_status != a_status
     ORDER BY ifNull(abs(a_score - b_score), 0) DESC, customerId, journeyId LIMIT {limit:UInt32} ${JOIN_SETTINGS}`,
    { ...sidesOf(compared), limit },
    changedRow,
  );
}
