import type { DriverOutcome } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { milliseconds } from '../../engine/sql-time.ts';
import type { Cases, QuestionContext } from '../cases.ts';
import { IS_DOWN } from '../loyalty/moves.ts';
import { IS_PURCHASE } from '../loyalty/purchases.ts';

/** How an outcome is computed, in SQL over rows of the journeys selected. */
interface Outcome {
  /** Yes or no: compared as rates. */
  readonly isRate: boolean;
  /** Value, a number; for yes or no 0 or 1. */
  readonly value: string;
  /** Cases that have the outcome. */
  readonly only: string;
}

const LAST_AT = milliseconds('last_at');
const KEY = '(customer_id, journey_id)';

/** For so long after the journey a stage may be lost, or a purchase follow, ms. */
const STAGE_LOST_MS = 30 * DAY_MS;
const BOUGHT_AGAIN_MS = 90 * DAY_MS;

const yesNo = (value: string, only = 'true'): Outcome => ({ isRate: true, value: `toFloat64(${value})`, only });

/** SQL of the keys of journeys whose customer has something, at `at` ms, that follows them. */
const followedBy = (source: string, condition: string) =>
  `${KEY} IN (SELECT customer_id, journey_id FROM (
      SELECT customer_id, journey_id, last_at FROM {database:Identifier}.journeys FINAL) AS followed
    INNER JOIN (${source}) AS news USING (customer_id) WHERE ${condition})`;

const outcomes: Readonly<Record<DriverOutcome, Outcome>> = {
  score: { isRate: false, value: 'assumeNotNull(score)', only: 'score IS NOT NULL' },
  feedback: { isRate: false, value: 'mean', only: 'n > 0' },
  complaint: yesNo(
    `${KEY} IN (SELECT customer_id, journey_id FROM {database:Identifier}.complaints FINAL WHERE journey_id != '')`,
  ),
  'broken-promise': yesNo('broken_promises > 0'),
  failure: yesNo('failures > 0'),
  abandoned: yesNo("status = 'abandoned'", "status != 'open'"),
  'stage-lost': yesNo(
    followedBy(
      `SELECT customer_id, ${milliseconds('at')} AS at_ms FROM (SELECT * FROM {database:Identifier}.trust_changes FINAL) WHERE ${IS_DOWN}`,
      `at_ms >= ${LAST_AT} AND at_ms <= ${LAST_AT} + ${STAGE_LOST_MS}`,
    ),
    `${LAST_AT} <= {now:Int64} - ${STAGE_LOST_MS}`,
  ),
  'bought-again': yesNo(
    followedBy(
      `SELECT customer_id, ${milliseconds('time')} AS at_ms FROM {database:Identifier}.moments WHERE ${IS_PURCHASE}`,
      `at_ms > ${LAST_AT} AND at_ms <= ${LAST_AT} + ${BOUGHT_AGAIN_MS}`,
    ),
    `${LAST_AT} <= {now:Int64} - ${BOUGHT_AGAIN_MS}`,
  ),
};

/** Mean csat of each journey. */
const FEEDBACK = `(SELECT customer_id, journey_id, count() AS n, avg(assumeNotNull(feedback_score)) AS mean
  FROM {database:Identifier}.moments WHERE type = 'touchstone.feedback.given.v1' AND instrument = 'csat' AND journey_id != ''
  GROUP BY customer_id, journey_id)`;

/**
 * SQL of the selected cases that have the outcome: the columns of `journeys` and `y`; with the unit
 * `customer` only the one of each customer that started last.
 */
export function casesWithOutcome(cases: Cases, outcome: DriverOutcome, unit: 'case' | 'customer'): string {
  const { value, only } = outcomes[outcome];
  const joined =
    outcome === 'feedback'
      ? `(SELECT * FROM ${cases.journeys()} AS journeys
          LEFT ANY JOIN ${FEEDBACK} AS feedback USING (customer_id, journey_id))`
      : cases.journeys();
  const latest =
    unit === 'customer' ? 'ORDER BY customer_id, started_at DESC, journey_id DESC LIMIT 1 BY customer_id' : '';
  return `(SELECT customer_id, journey_id, toString(type) AS type, toString(level) AS level, attributes, ${value} AS y
    FROM ${joined} WHERE moments > 0 AND ${only} ${latest})`;
}

export const isRate = (outcome: DriverOutcome) => outcomes[outcome].isRate;

/** Whether a factor is part of how the outcome is computed. */
export function isPartOf(
  outcome: DriverOutcome,
  { factor, value }: { readonly factor: string; readonly value: string },
  { definitions }: Pick<QuestionContext, 'definitions'>,
): boolean {
  if (outcome === 'score') return factor === 'touchpoint-failed' || factor === 'level';
  if (outcome === 'failure') return factor === 'touchpoint-failed';
  if (outcome !== 'abandoned' || factor !== 'touchpoint') return false;
  return [...definitions.values()].some(({ completesOn = [] }) => completesOn.includes(value));
}
