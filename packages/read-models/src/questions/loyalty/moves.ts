import type { Asked, endpoints, Told } from '@touchstone/api';
import { DAY_MS, stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { milliseconds, timeParameter } from '../../engine/sql-time.ts';
import { rateOf } from '../../figures/rate.ts';
import { medianSurvival, survivalAfter } from '../../figures/survival.ts';
import { conditions, EPSILON } from '../../queries/conditions.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { type SplitAsked, splitRows } from '../split-rows.ts';

const stage = z.enum(stages);
const moved = { changes: count, customers: count };
const transition = z.object({ from: stage, to: stage, because: z.string(), ...moved });
const splitTransition = z.tuple([stage, stage, z.string()]);

/** SQL that tells whether a move between stages goes down. */
export const IS_DOWN = `indexOf([${stages.map((name) => `'${name}'`).join(', ')}], toString(\`to\`)) < indexOf([${stages
  .map((name) => `'${name}'`)
  .join(', ')}], toString(\`from\`))`;

interface Moved {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Conditions on moves with `at` in [from, to). */
function movedIn({ from, to }: Moved) {
  const wanted = conditions();
  wanted.add(`at >= ${timeParameter('from')}`, { from });
  wanted.add(`at < ${timeParameter('to')}`, { to });
  return wanted;
}

const MOVED = 'count() AS changes, uniqExact(customer_id) AS customers';

/** How often customers moved from one stage to another, and why. */
export async function transitions(
  asked: Asked<typeof endpoints.getTransitions>,
  context: RowsContext,
): Promise<Told<typeof endpoints.getTransitions>> {
  if (asked.bucket !== undefined) return transitionsByTime(asked, context);
  const wanted = movedIn(asked);
  const rows = await ask(
    context,
    `SELECT toString(\`from\`) AS from, toString(\`to\`) AS to, toString(because) AS because,
       ${MOVED}
     FROM (SELECT * FROM {database:Identifier}.trust_changes FINAL ${wanted.where()})
     GROUP BY from, to, because ORDER BY changes DESC, from, to, because`,
    transition,
    wanted.params(),
  );
  return { rows };
}

/** The same for each bucket in which anybody moved, the earliest first. */
async function transitionsByTime(
  asked: SplitAsked,
  context: RowsContext,
): Promise<Told<typeof endpoints.getTransitions>> {
  const { span, rows } = await splitRows(
    asked,
    {
      table: '{database:Identifier}.trust_changes FINAL',
      time: 'at',
      wanted: conditions(),
      by: ['`from`', '`to`', 'because'],
      figures: MOVED,
      row: z.object(moved),
    },
    context,
  );
  const told = rows.flatMap(({ values, bucket, figures }) => {
    if (figures === null || bucket === null) return [];
    const [from, to, because] = splitTransition.parse(values);
    return [{ from, to, because, bucket, changes: figures.changes, customers: figures.customers }];
  });
  return { ...span, rows: told.sort((a, b) => a.bucket - b.bucket || b.changes - a.changes) };
}

const leaversRow = z.object({ customers: count, satisfied: count });

/** From this S on a customer is satisfied. */
const SATISFIED = 70;

/** Customers who left in silence or said so, and how many of them were satisfied. */
export async function leavers(
  asked: Asked<typeof endpoints.getLeavers>,
  context: RowsContext,
): Promise<Told<typeof endpoints.getLeavers>> {
  const wanted = movedIn(asked);
  wanted.add("because IN ('idle', 'no-purchase', 'relationship-ended')", {});
  wanted.add(IS_DOWN, {});
  const [row] = await ask(
    context,
    `SELECT count() AS customers, countIf(satisfaction > ${SATISFIED} - ${EPSILON}) AS satisfied FROM (
       SELECT customer_id, argMax(tuple(satisfaction), (at, ordinal)).1 AS satisfaction
       FROM {database:Identifier}.trust_changes FINAL ${wanted.where()} GROUP BY customer_id)`,
    leaversRow,
    wanted.params(),
  );
  const { customers, satisfied } = row!;
  return { customers, satisfied: rateOf(satisfied, customers) };
}

/** Days after which the share of customers who are still in a stage is told. */
const SURVIVAL_DAYS = [30, 90, 180, 365] as const;
const LEFT = stages.filter((name) => name !== 'none');

const stayRow = z.object({
  stage,
  n: count,
  ended: count,
  medianMs: z.number().nullable(),
  shares: z.array(z.number().nullable()),
});

/** How long customers stay in a stage; who is still there counts for as long as they are. */
export async function timeInStage(context: RowsContext): Promise<Told<typeof endpoints.getTimeInStage>> {
  const survival = survivalAfter(
    'ends',
    SURVIVAL_DAYS.map((days) => days * DAY_MS),
  );
  const rows = await ask(
    context,
    `SELECT stage, length(ends) AS n, arrayCount(end -> NOT end.2, ends) AS ended,
       ${medianSurvival('ends')} AS medianMs, ${survival} AS shares
     FROM (SELECT stage, arraySort(groupArray((if(next < 0, greatest({now:Int64} - begin, 0), next - begin), next < 0))) AS ends
       FROM (SELECT toString(\`to\`) AS stage, ${milliseconds('at')} AS begin,
           leadInFrame(toInt64(${milliseconds('at')}), 1, toInt64(-1)) OVER (PARTITION BY customer_id ORDER BY ordinal
             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
         FROM (SELECT * FROM {database:Identifier}.trust_changes FINAL))
       WHERE stage != 'none' GROUP BY stage)`,
    stayRow,
  );
  return {
    stages: LEFT.map((name) => {
      const { n, ended, medianMs, shares } = rows.find((row) => row.stage === name) ?? NOBODY;
      const survival = SURVIVAL_DAYS.map((days, at) => ({ days, share: shares[at] ?? null }));
      return { stage: name, n, ended, medianDays: medianMs === null ? null : medianMs / DAY_MS, survival };
    }),
  };
}

const NOBODY = { n: 0, ended: 0, medianMs: null, shares: [] };
