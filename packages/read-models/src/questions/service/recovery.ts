import type { Asked, endpoints, Told } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { milliseconds } from '../../engine/sql-time.ts';
import { differenceOfMeans, type Sample } from '../../figures/means.ts';
import { rateOf, Z } from '../../figures/rate.ts';
import { differenceOfRates } from '../../figures/rates.ts';
import { conditions } from '../../queries/conditions.ts';
import { casesOf, type QuestionContext } from '../cases.ts';
import { journeysBehind } from '../journeys-behind.ts';
import { IS_PURCHASE } from '../loyalty/purchases.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { IS_MOMENT } from '../select-journeys.ts';
import { isSatisfying } from './complaints.ts';

/** A failure may be recovered for so long; what comes after is compared, ms. */
const LANDMARK_MS = 7 * DAY_MS;
/** For so long after the landmark a purchase counts as buying again, ms. */
const AGAIN_MS = 90 * DAY_MS;

/** SQL of the cases by their first failed moment: `failed`, ms, and its touchpoint. */
function failedCases(type: string | undefined, window: string): string {
  const rows = [IS_MOMENT, "outcome = 'failed'", "journey_id != ''"];
  if (type !== undefined) rows.push('journey_type = {type:String}');
  return `(SELECT customer_id, journey_id, first.1 AS failed, first.2 AS touchpoint FROM (
      SELECT customer_id, journey_id, argMin((${milliseconds('time')}, toString(touchpoint)), (time, position)) AS first
      FROM {database:Identifier}.moments WHERE ${rows.join(' AND ')} GROUP BY customer_id, journey_id)
    ${window})`;
}

const row = z.object({
  isWhole: z.coerce.boolean(),
  touchpoint: z.string(),
  isRecovered: z.coerce.boolean(),
  cases: count,
  n: count,
  mean: z.number().nullable(),
  variance: z.number().nullable(),
  old: count,
  bought: count,
});
type Row = z.output<typeof row>;

/**
 * Compares what recovering from a failure does to what comes after: the customer's next score, also
 * within touchpoints, and whether they buy again.
 */
export async function recovery(
  asked: Asked<typeof endpoints.getRecovery>,
  context: RowsContext,
): Promise<Told<typeof endpoints.getRecovery>> {
  const { sql, params } = comparedCases(asked, context);
  const rows = await ask(
    context,
    `SELECT grouping(touchpoint) AS isWhole, touchpoint, isRecovered, count() AS cases,
       count(next) AS n, avg(next) AS mean, varSampStable(next) AS variance, countIf(isOld) AS old, countIf(isOld AND isBought) AS bought
     FROM ${sql} GROUP BY GROUPING SETS ((isRecovered), (isRecovered, touchpoint))`,
    row,
    params,
  );
  return told(rows);
}

/** The journeys that are compared, or those of them that a count of the comparison counts. */
export async function recoveryJourneys(
  { recovered, outcome, ...asked }: Asked<typeof endpoints.listRecoveryJourneys>,
  context: QuestionContext,
): Promise<Told<typeof endpoints.listRecoveryJourneys>> {
  const { sql, params } = comparedCases(asked, context);
  const wanted = conditions();
  wanted.add('isRecovered = {recovered:Bool}', { recovered });
  if (outcome === 'next-score') wanted.add('next IS NOT NULL', {});
  if (outcome === 'bought-again') wanted.add('isOld', {});
  const found = `(SELECT customer_id, journey_id FROM ${sql} ${wanted.where()})`;
  const bound = { ...params, ...wanted.params(), now: context.now };
  return journeysBehind(casesOf({ where: {} }, context), found, asked, bound);
}

/**
 * SQL of the cases: `customer_id`, `journey_id`, `touchpoint`, the `next` score, and whether they
 * were recovered, are old enough to have bought again, and did.
 */
function comparedCases(asked: Asked<typeof endpoints.getRecovery>, { now }: RowsContext) {
  const wanted = conditions();
  wanted.add('failed >= {from:Int64}', { from: asked.from });
  wanted.add('failed < {to:Int64}', { to: asked.to });
  wanted.add('failed <= {latest:Int64}', { latest: now - LANDMARK_MS });
  const cases = failedCases(asked.type, wanted.where());
  const recoveries = `(SELECT customer_id, journey_id, ${milliseconds('time')} AS at FROM {database:Identifier}.moments
      WHERE ifNull(recovery_accepted, false) AND journey_id != ''
    UNION ALL SELECT customer_id, journey_id, assumeNotNull(${milliseconds('resolved_at')}) AS at FROM {database:Identifier}.complaints FINAL
      WHERE resolved_at IS NOT NULL AND journey_id != '' AND ${isSatisfying('satisfaction')})`;
  const recovered = `SELECT customer_id, journey_id FROM ${cases} AS failures INNER JOIN ${recoveries} AS recoveries
    USING (customer_id, journey_id) WHERE at >= failed AND at <= failed + ${LANDMARK_MS}`;
  const again = `SELECT customer_id, journey_id FROM ${cases} AS failures INNER JOIN (
      SELECT customer_id, ${milliseconds('time')} AS at FROM {database:Identifier}.moments WHERE ${IS_PURCHASE}) AS purchases
    USING (customer_id) WHERE at > failed + ${LANDMARK_MS} AND at <= failed + ${LANDMARK_MS + AGAIN_MS}`;
  const scores = `(SELECT customer_id, ${milliseconds('time')} AS at, argMin(assumeNotNull(score), position) AS next_score
    FROM {database:Identifier}.moments WHERE score IS NOT NULL GROUP BY customer_id, at)`;
  const sql = `(SELECT failures.customer_id AS customer_id, failures.journey_id AS journey_id, failures.touchpoint AS touchpoint,
         if(scores.at = 0, NULL, scores.next_score) AS next,
         (failures.customer_id, failures.journey_id) IN (${recovered}) AS isRecovered,
         failures.failed <= {now:Int64} - ${LANDMARK_MS + AGAIN_MS} AS isOld,
         (failures.customer_id, failures.journey_id) IN (${again}) AS isBought
       FROM (SELECT *, failed + ${LANDMARK_MS} AS landmark FROM ${cases}) AS failures
       ASOF LEFT JOIN ${scores} AS scores ON failures.customer_id = scores.customer_id AND failures.landmark < scores.at)`;
  return { sql, params: { ...wanted.params(), ...(asked.type === undefined ? {} : { type: asked.type }) } };
}

function told(rows: readonly Row[]): Told<typeof endpoints.getRecovery> {
  const whole = rows.filter(({ isWhole }) => isWhole);
  const [one, other] = [true, false].map((side) => whole.find(({ isRecovered }) => isRecovered === side) ?? NOBODY);
  const shownMean = ({ n, mean }: Row) => ({ n, mean: n === 0 ? null : mean });
  const counted = ({ old, bought }: Row) => ({ n: old, k: bought });
  return {
    cases: one!.cases + other!.cases,
    recovered: one!.cases,
    next: {
      recovered: shownMean(one!),
      not: shownMean(other!),
      ...differenceOfMeans(sampleOf(one!), sampleOf(other!)),
      stratified: stratified(rows.filter(({ isWhole }) => !isWhole)),
    },
    boughtAgain: {
      recovered: rateOf(one!.bought, one!.old),
      not: rateOf(other!.bought, other!.old),
      ...differenceOfRates(counted(one!), counted(other!)),
    },
  };
}

const NOBODY: Row = {
  ...{
    isWhole: true,
    touchpoint: '',
    isRecovered: false,
    cases: 0,
    n: 0,
    mean: null,
    variance: null,
    old: 0,
    bought: 0,
  },
};

const sampleOf = ({ n, mean, variance }: Row): Sample => ({ n, mean: mean ?? 0, variance: variance ?? 0 });

/**
 * The difference of means within touchpoints that have two or more cases with a next score on both
 * sides, weighted by the recovered ones.
 */
function stratified(rows: readonly Row[]) {
  let [weights, weighted, variance] = [0, 0, 0];
  for (const one of rows) {
    if (!one.isRecovered || one.n < 2) continue;
    const other = rows.find(
      ({ isRecovered, touchpoint, n }) => !isRecovered && n >= 2 && touchpoint === one.touchpoint,
    );
    if (other === undefined) continue;
    const [a, b] = [sampleOf(one), sampleOf(other)];
    weights += a.n;
    weighted += a.n * (a.mean - b.mean);
    variance += a.n ** 2 * (a.variance / a.n + b.variance / b.n);
  }
  if (weights === 0) return { difference: null, low: null, high: null };
  const difference = weighted / weights;
  const reach = Z * Math.sqrt(variance / weights ** 2);
  return { difference, low: difference - reach, high: difference + reach };
}
