import type { Asked, endpoints, Told } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { rateOf } from '../../figures/rate.ts';
import { conditions } from '../../queries/conditions.ts';
import { COMPLAINT_DIMENSIONS } from '../../queries/list-complaints.ts';
import type { RowsContext } from '../rows-context.ts';
import { splitFields, splitRows } from '../split-rows.ts';
import {
  COULD_BE_ANSWERED,
  IS_ANSWERED_WITHIN,
  IS_RESOLVED,
  isSatisfying,
  MS_TO_ANSWER,
  SATISFACTION,
} from './complaints.ts';

const figures = z.object({
  raised: count,
  answered: count,
  resolved: count,
  medianMsToAnswer: z.number().nullable(),
  p90MsToAnswer: z.number().nullable(),
  answerable: count,
  answeredInTime: count,
  saidContact: count,
  firstContact: count,
  followedUp: count,
  saidSatisfaction: count,
  satisfied: count,
});

const NOTHING: z.output<typeof figures> = {
  ...{ raised: 0, answered: 0, resolved: 0, medianMsToAnswer: null, p90MsToAnswer: null, answerable: 0 },
  ...{ answeredInTime: 0, saidContact: 0, firstContact: 0, followedUp: 0, saidSatisfaction: 0, satisfied: 0 },
};

const FIGURES = `count() AS raised, count(${MS_TO_ANSWER}) AS answered, countIf(${IS_RESOLVED}) AS resolved,
  quantileExactInclusive(0.5)(${MS_TO_ANSWER}) AS medianMsToAnswer, quantileExactInclusive(0.9)(${MS_TO_ANSWER}) AS p90MsToAnswer,
  countIf(${COULD_BE_ANSWERED}) AS answerable, countIf(${COULD_BE_ANSWERED} AND ${IS_ANSWERED_WITHIN}) AS answeredInTime,
  countIf(${IS_RESOLVED} AND first_contact IS NOT NULL) AS saidContact, countIf(${IS_RESOLVED} AND ifNull(first_contact, false)) AS firstContact,
  countIf(${IS_RESOLVED} AND followed_up_at IS NOT NULL) AS followedUp,
  count(${SATISFACTION}) AS saidSatisfaction, countIf(${isSatisfying(SATISFACTION)}) AS satisfied`;

type Report = Told<typeof endpoints.getComplaintsReport>;

/**
 * How complaints were answered, resolved and followed up.
 * @throws ReadModelError `too-much` for more rows than an answer holds.
 */
export async function complaintsReport(
  asked: Asked<typeof endpoints.getComplaintsReport>,
  context: RowsContext,
): Promise<Report> {
  const { by = [], bucket, within = DAY_MS } = asked;
  const { span, rows } = await splitRows(
    asked,
    {
      table: '{database:Identifier}.complaints FINAL',
      time: 'raised_at',
      wanted: conditions(),
      by: by.map((name) => COMPLAINT_DIMENSIONS[name]),
      figures: FIGURES,
      row: figures,
      params: { within },
    },
    context,
  );
  return {
    ...span,
    rows: rows.map((row) => {
      const each = row.figures ?? NOTHING;
      const { raised, answered, resolved, medianMsToAnswer, p90MsToAnswer } = each;
      const told = {
        ...{ raised, open: raised - resolved, answered, resolved, medianMsToAnswer, p90MsToAnswer },
        answeredWithin: rateOf(each.answeredInTime, each.answerable),
        firstContact: rateOf(each.firstContact, each.saidContact),
        followedUp: rateOf(each.followedUp, resolved),
        satisfied: rateOf(each.satisfied, each.saidSatisfaction),
      };
      return { ...splitFields(by, bucket, row), ...told } as Report['rows'][number];
    }),
  };
}
