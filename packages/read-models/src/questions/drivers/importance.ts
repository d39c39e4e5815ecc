import type { endpoints, Request, Told } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { meanIntervalOf } from '../../figures/means.ts';
import { casesOf, type QuestionContext } from '../cases.ts';
import { IS_MOMENT } from '../select-journeys.ts';
import { casesWithOutcome } from './outcomes.ts';

/** Fewer cases than these tell nothing of a correlation. */
const CASES_MIN = 30;
/** A side that varies by less is constant but for rounding. */
const VARIES_LEAST = 1e-9;

const row = z.object({
  touchpoint: z.string(),
  steps: count,
  mean: z.number(),
  variance: z.number().nullable(),
  n: count,
  correlation: z.number().nullable(),
  varies: z.number().nullable(),
});

/** How well each touchpoint does, and how much that goes with the outcome of a case. */
export async function importance(
  asked: Request<typeof endpoints.askImportance>['body'],
  context: QuestionContext,
): Promise<Told<typeof endpoints.askImportance>> {
  const cases = casesOf(asked, context);
  const selected = `(SELECT customer_id, journey_id FROM ${cases.journeys()} WHERE moments > 0)`;
  const units = casesWithOutcome(cases, asked.outcome, 'case');
  const rows = await cases.query(
    `SELECT touchpoint, sum(n_steps) AS steps, sum(sum_scores) / steps AS mean, any(variance_all) AS variance,
       countIf(hasOutcome) AS n, corrStableIf(mean_score, y, hasOutcome) AS correlation,
       least(maxIf(mean_score, hasOutcome) - minIf(mean_score, hasOutcome), maxIf(y, hasOutcome) - minIf(y, hasOutcome)) AS varies
     FROM (SELECT *, units.has_outcome AS hasOutcome FROM (
         SELECT customer_id, journey_id, toString(touchpoint) AS touchpoint, count() AS n_steps, sum(assumeNotNull(score)) AS sum_scores,
           avg(assumeNotNull(score)) AS mean_score
         FROM {database:Identifier}.moments WHERE ${IS_MOMENT} AND score IS NOT NULL AND (customer_id, journey_id) IN ${selected}
         GROUP BY customer_id, journey_id, touchpoint) AS steps
       LEFT ANY JOIN (SELECT customer_id, journey_id, y, true AS has_outcome FROM ${units}) AS units USING (customer_id, journey_id)
       LEFT ANY JOIN (SELECT toString(touchpoint) AS touchpoint, varSampStable(assumeNotNull(score)) AS variance_all
         FROM {database:Identifier}.moments WHERE ${IS_MOMENT} AND score IS NOT NULL AND (customer_id, journey_id) IN ${selected}
         GROUP BY touchpoint) AS spread USING (touchpoint))
     GROUP BY touchpoint ORDER BY touchpoint`,
    row,
    { now: context.now },
  );
  return {
    rows: rows.map(({ touchpoint, steps, mean, variance, n, correlation, varies }) => ({
      touchpoint,
      performance: meanIntervalOf({ n: steps, mean, variance: variance ?? 0 }),
      n,
      importance: n < CASES_MIN || varies === null || varies <= VARIES_LEAST ? null : correlation,
    })),
  };
}
