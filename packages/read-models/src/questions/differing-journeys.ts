import type { Where } from '@touchstone/api';
import { z } from 'zod';
import { casesOf, type QuestionContext } from './cases.ts';
import { IS_FAILURE, IS_MOMENT, NAMES_KEPT } from './select-journeys.ts';

export interface DifferingJourney {
  readonly customerId: string;
  readonly journeyId: string;
}

const LISTED = 20;

const answerRow = z.object({ customerId: z.string(), journeyId: z.string() });

/**
 * Up to 20 journeys whose row tells other moments, failures or touchpoints than the moments
 * themselves, or a level without a score.
 */
export async function differingJourneys({ type }: Where, context: QuestionContext): Promise<DifferingJourney[]> {
  const cases = casesOf({ where: type === undefined ? {} : { type } }, context);
  const ofType = type === undefined ? '' : `AND journey_type = ${cases.bind.text(type)}`;
  const names = (list: string) => `if(length(${list}) < ${NAMES_KEPT}, sipHash64(arraySort(${list})), 0)`;
  const touchpoints = `groupUniqArrayIf(${NAMES_KEPT})(toString(touchpoint), ${IS_MOMENT})`;
  return cases.query(
    `SELECT customer_id AS customerId, journey_id AS journeyId
     FROM (
       SELECT customer_id, journey_id, (countIf(${IS_MOMENT}), countIf(${IS_FAILURE}), ${names(touchpoints)}) AS told, 0 AS is_odd
       FROM {database:Identifier}.moments WHERE journey_id != '' ${ofType} GROUP BY customer_id, journey_id
       UNION ALL
       SELECT customer_id, journey_id,
         (toUInt64(moments), toUInt64(failures), ${names('arrayMap(name -> toString(name), touchpoints)')}),
         (score IS NULL) != (level = '')
       FROM ${cases.journeys()}
     )
     GROUP BY customer_id, journey_id
     HAVING count() != 2 OR uniqExact(told) > 1 OR max(is_odd) = 1
     ORDER BY customer_id, journey_id LIMIT ${LISTED}`,
    answerRow,
  );
}
