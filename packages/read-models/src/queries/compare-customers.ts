import { DAY_MS, loyalties, stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { type Compared, IS_COMPARED, JOIN_SETTINGS, sidesOf } from './compare-tables.ts';
import { EPSILON } from './conditions.ts';
import { loyaltyAtNow } from './loyalty-at-now.ts';
import { timeGiven } from './parameters.ts';

const stage = z.enum(stages);
const loyalty = z.enum(loyalties);

/** Loyalty and quiet leaving depend on the time, and on the policy's days of a recent purchase. */
export const compareCustomersParams = z.strictObject({
  /** ms since 1970 */
  now: timeGiven,
  purchaseDaysBefore: z.number().positive(),
  purchaseDaysAfter: z.number().positive(),
});

/** Customers known to both generations, grouped by their stage and kind of loyalty in each. */
const row = z.object({
  stageBefore: stage,
  stageAfter: stage,
  loyaltyBefore: loyalty,
  loyaltyAfter: loyalty,
  customers: count,
  quietlyLeavingBefore: count,
  quietlyLeavingAfter: count,
  /** Customers whose satisfaction differs. */
  satisfactionChanged: count,
  /** Customers who have a satisfaction in both generations; the sums below are over these. */
  measured: count,
  satisfactionSumBefore: z.number(),
  satisfactionSumAfter: z.number(),
});
export type CustomersCompared = z.infer<typeof row>;

/**
 * A satisfaction that is missing on both sides counts as unchanged, one missing on a single side as
 * changed.
 */
const SATISFACTION_CHANGED = `(isNull(b_satisfaction) != isNull(a_satisfaction)
  OR ifNull(abs(a_satisfaction - b_satisfaction), 0) > ${EPSILON})`;

/** One side's customers as a list shows them at `now`. */
const side = (name: 'a' | 'b', database: 'after' | 'before') => {
  const { loyalty, quietlyLeaving } = loyaltyAtNow(`${database}PurchaseMs`);
  return `
  SELECT customer_id, version AS ${name}_version, stage AS ${name}_stage, satisfaction AS ${name}_satisfaction,
    ${loyalty} AS ${name}_loyalty, ${quietlyLeaving} AS ${name}_leaving
  FROM {${database}:Identifier}.customers FINAL`;
};

const JOINED = `
  SELECT customer_id, b_stage, a_stage, b_satisfaction, a_satisfaction, b_loyalty, a_loyalty, b_leaving, a_leaving,
    ${SATISFACTION_CHANGED} AS satisfaction_changed
  FROM (${side('b', 'before')}) AS b INNER JOIN (${side('a', 'after')}) AS a USING (customer_id)
  WHERE ${IS_COMPARED}`;

function paramsOf(compared: Compared, given: z.input<typeof compareCustomersParams>) {
  const { now, purchaseDaysBefore, purchaseDaysAfter } = compareCustomersParams.parse(given);
  return {
    ...sidesOf(compared),
    now,
    beforePurchaseMs: purchaseDaysBefore * DAY_MS,
    afterPurchaseMs: purchaseDaysAfter * DAY_MS,
  };
}

/** Counts the moves between stages and kinds of loyalty, and the change of satisfaction. */
export async function compareCustomers(
  clickhouse: ClickHouse,
  compared: Compared,
  given: z.input<typeof compareCustomersParams>,
): Promise<CustomersCompared[]> {
  const both = 'isNotNull(b_satisfaction) AND isNotNull(a_satisfaction)';
  return clickhouse.query(
    `SELECT b_stage AS stageBefore, a_stage AS stageAfter, b_loyalty AS loyaltyBefore, a_loyalty AS loyaltyAfter,
       count() AS customers, countIf(b_leaving) AS quietlyLeavingBefore, countIf(a_leaving) AS quietlyLeavingAfter,
       countIf(satisfaction_changed) AS satisfactionChanged, countIf(${both}) AS measured,
       ifNull(sumIf(b_satisfaction, ${both}), 0) AS satisfactionSumBefore,
       ifNull(sumIf(a_satisfaction, ${both}), 0) AS satisfactionSumAfter
     FROM (${JOINED}) GROUP BY stageBefore, stageAfter, loyaltyBefore, loyaltyAfter
     ORDER BY stageBefore, stageAfter, loyaltyBefore, loyaltyAfter ${JOIN_SETTINGS}`,
    paramsOf(compared, given),
    row,
  );
}

export const mostChangedParams = z.strictObject({ limit: z.number().int().min(1).max(500) });

const changedRow = z.object({
  customerId: z.string(),
  stageBefore: stage,
  stageAfter: stage,
  satisfactionBefore: z.number().nullable(),
  satisfactionAfter: z.number().nullable(),
  loyaltyBefore: loyalty,
  loyaltyAfter: loyalty,
  quietlyLeavingBefore: z.coerce.boolean(),
  quietlyLeavingAfter: z.coerce.boolean(),
});
export type ChangedCustomer = z.infer<typeof changedRow>;

const step = (column: string) =>
  `toInt32(indexOf(['none', 'cognitive', 'affective', 'behavioural'], toString(${column})))`;

/**
 * Customers with any of these changes: most stages moved first, then the largest change of
 * satisfaction.
 */
export async function mostChangedCustomers(
  clickhouse: ClickHouse,
  compared: Compared,
  given: z.input<typeof mostChangedParams> & z.input<typeof compareCustomersParams>,
): Promise<ChangedCustomer[]> {
  const { limit, ...times } = given;
  return clickhouse.query(
    `SELECT customer_id AS customerId, b_stage AS stageBefore, a_stage AS stageAfter,
       b_satisfaction AS satisfactionBefore, a_satisfaction AS satisfactionAfter,
       b_loyalty AS loyaltyBefore, a_loyalty AS loyaltyAfter,
       b_leaving AS quietlyLeavingBefore, a_leaving AS quietlyLeavingAfter
     FROM (${JOINED})
     WHERE b_stage != a_stage OR satisfaction_changed OR b_loyalty != a_loyalty OR b_leaving != a_leaving
     ORDER BY abs(${step('b_stage')} - ${step('a_stage')}) DESC, ifNull(abs(a_satisfaction - b_satisfaction), 0) DESC, customerId
     LIMIT {limit:UInt32} ${JOIN_SETTINGS}`,
    { ...paramsOf(compared, times), limit: mostChangedParams.parse({ limit }).limit },
    changedRow,
  );
}
