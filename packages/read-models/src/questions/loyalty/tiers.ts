import type { Asked, endpoints, Request, Told } from '@touchstone/api';
import { stages, customerTierNames as tiers } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { nextPage, offsetOf } from './offsets.ts';
import {
  IS_DISSATISFIED,
  IS_QUIETLY_LEAVING,
  type Period,
  periodOf,
  TIERED,
  WITH_OPEN_COMPLAINT,
} from './purchases.ts';

const tierRow = z.object({
  tier: z.enum(tiers),
  customers: count,
  amount: z.number(),
  stages: z.array(count),
  meanSatisfaction: z.number().nullable(),
  atRisk: count,
});

const CUSTOMERS = `SELECT customer_id, stage, satisfaction, ${IS_QUIETLY_LEAVING} AS leaves
  FROM {database:Identifier}.customers FINAL`;
/** A condition on customers as {@link CUSTOMERS} has them. */
const IS_AT_RISK = `(leaves OR ifNull(${IS_DISSATISFIED}, false) OR customer_id IN (${WITH_OPEN_COMPLAINT}))`;

/** The vital few: customers by what they bought, in three tiers, and how each of these is doing. */
export async function customerTiers(
  asked: Asked<typeof endpoints.getTiers>,
  context: RowsContext,
): Promise<Told<typeof endpoints.getTiers>> {
  const period = await periodOf(asked, context);
  if (period.currency === null) return { ...period, total: 0, tiers: [] };
  const inStages = stages.map((stage) => `countIf(stage = '${stage}')`).join(', ');
  const rows = await ask(
    context,
    `SELECT tier, count() AS customers, sum(amount) AS amount, [${inStages}] AS stages,
       avg(satisfaction) AS meanSatisfaction,
       countIf(${IS_AT_RISK}) AS atRisk
     FROM ${TIERED} AS tiered
     INNER JOIN (${CUSTOMERS}) AS customers USING (customer_id) GROUP BY tier`,
    tierRow,
    bound(period),
  );
  const total = rows.reduce((sum, { amount }) => sum + amount, 0);
  const all = rows.reduce((sum, { customers }) => sum + customers, 0);
  return {
    ...period,
    total,
    tiers: tiers.map((tier) => {
      const row = rows.find((each) => each.tier === tier) ?? { ...EMPTY, tier };
      const [none, cognitive, affective, behavioural] = row.stages as [number, number, number, number];
      return {
        ...row,
        share: all === 0 ? null : row.customers / all,
        amountShare: total === 0 ? null : row.amount / total,
        stages: { none, cognitive, affective, behavioural },
      };
    }),
  };
}

const EMPTY = { customers: 0, amount: 0, stages: [0, 0, 0, 0], meanSatisfaction: null, atRisk: 0 };

const bound = ({ currency, from, to }: Period) => ({ currency: currency!, from, to });

const customerRow = z.object({
  customerId: z.string(),
  amount: z.number(),
  stage: z.enum(stages),
  satisfaction: z.number().nullable(),
});

/** The customers of one tier, from the largest amount; all, or those who are at risk or are not. */
export async function tierCustomers(
  { params: { tier }, query: asked }: Pick<Request<typeof endpoints.listTierCustomers>, 'params' | 'query'>,
  context: RowsContext,
): Promise<Told<typeof endpoints.listTierCustomers>> {
  const period = await periodOf(asked, context);
  if (period.currency === null) return { items: [], nextCursor: null };
  const { atRisk } = asked;
  const page = offsetOf(asked, atRisk === undefined ? `tier ${tier}` : `tier ${tier} ${atRisk}`);
  const rows = await ask(
    context,
    `SELECT customer_id AS customerId, amount, toString(stage) AS stage, satisfaction
     FROM (SELECT * FROM ${TIERED} WHERE tier = {tier:String}) AS tiered
     INNER JOIN (${CUSTOMERS}) AS customers USING (customer_id)
     ${atRisk === undefined ? '' : `WHERE ${IS_AT_RISK} = ${atRisk}`}
     ORDER BY amount DESC, customerId LIMIT {offset:UInt64}, {limit:UInt32}`,
    customerRow,
    { ...bound(period), tier, offset: page.offset, limit: page.limit + 1 },
  );
  return nextPage(page, rows);
}
