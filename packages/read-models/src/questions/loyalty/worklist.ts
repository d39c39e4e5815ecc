import type { Asked, endpoints, Told } from '@touchstone/api';
import { DAY_MS, stages, type WorklistReason, worklistReasons } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../../engine/answer-fields.ts';
import { milliseconds, timeParameter } from '../../engine/sql-time.ts';
import { conditions } from '../../queries/conditions.ts';
import { type Binder, binder } from '../bind-values.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { IS_DOWN } from './moves.ts';
import { nextPage, offsetOf } from './offsets.ts';
import { IS_PURCHASE, IS_QUIETLY_LEAVING, LAST_MOMENT, periodOf, TIERED, YEAR_MS } from './purchases.ts';
import { IS_SILENT, inTheLast } from './silent.ts';

export interface WorklistAsked extends Asked<typeof endpoints.getWorklist> {
  /** A critical failure stands for so long, ms. */
  readonly criticalMs: number;
  /** The latest mark of each customer who has one. */
  readonly marks: ReadonlyMap<string, NonNullable<WorklistItem['mark']>>;
}
type WorklistItem = Told<typeof endpoints.getWorklist>['items'][number];

/** A complaint is an old one from here on, ms. */
const COMPLAINT_OLD_MS = 30 * DAY_MS;
/** Broken promises and lost stages are work for so long, ms. */
const RECENT_MS = 14 * DAY_MS;

const urgency = (reason: WorklistReason) => worklistReasons.indexOf(reason) + 1;

/** SQL of one reason each: who, since when (ms), and the journey, promise or complaint. */
function reasonsOf(): string {
  const raised = milliseconds('raised_at');
  const select = (
    reason: WorklistReason,
    since: string,
    ids: { journey?: string; promise?: string; complaint?: string },
  ) =>
    `SELECT customer_id, toUInt8(${urgency(reason)}) AS urgency, toInt64(assumeNotNull(${since})) AS since, ${ids.journey ?? "''"} AS journey,
       ${ids.promise ?? "''"} AS promise, ${ids.complaint ?? "''"} AS complaint`;
  const complaint = { journey: 'journey_id', complaint: 'complaint_id' };
  return [
    `${select('critical-failure', 'failed', { journey: 'journey_id' })}
     FROM (SELECT customer_id, journey_id, arrayMap(at -> ${milliseconds('at')}, mapValues(standing)) AS failures
       FROM {database:Identifier}.journeys FINAL WHERE notEmpty(mapKeys(standing)))
     ARRAY JOIN failures AS failed WHERE failed > {now:Int64} - {criticalMs:Int64}`,
    `${select('complaint-open', raised, complaint)} FROM {database:Identifier}.complaints FINAL
     WHERE resolved_at IS NULL AND ${inTheLast(COMPLAINT_OLD_MS, raised)}`,
    `${select('promise-broken', milliseconds('due_at'), { journey: 'journey_id', promise: 'promise_id' })}
     FROM {database:Identifier}.promises FINAL WHERE state = 'broken' AND ${inTheLast(RECENT_MS, milliseconds('due_at'))}`,
    `${select('stage-lost', 'max(moved_at)', {})}
     FROM (SELECT customer_id, ${milliseconds('at')} AS moved_at FROM {database:Identifier}.trust_changes FINAL
       WHERE because IN ('critical-failure', 'satisfaction-low', 'complaint-open', 'incidents') AND ${IS_DOWN}
         AND ${inTheLast(RECENT_MS, milliseconds('at'))})
     GROUP BY customer_id`,
    `${select('quietly-leaving', LAST_MOMENT, {})} FROM {database:Identifier}.customers FINAL WHERE ${IS_QUIETLY_LEAVING}`,
    `${select('silent', LAST_MOMENT, {})} FROM {database:Identifier}.customers FINAL WHERE ${IS_SILENT}`,
    `${select('complaint-old', raised, complaint)} FROM {database:Identifier}.complaints FINAL
     WHERE resolved_at IS NULL AND ${raised} <= {now:Int64} - ${COMPLAINT_OLD_MS}`,
  ].join('\nUNION ALL\n');
}

/** SQL of the customers with a reason: their sorted reasons, stage, satisfaction and value. */
const listed = (where: string) => `(SELECT * FROM (
    SELECT customer_id, arraySort(groupArray((urgency, since, multiIf(complaint != '', complaint, promise != '', promise, journey),
      journey, promise, complaint))) AS reasons
    FROM (${reasonsOf()}) GROUP BY customer_id) AS found
  INNER JOIN (SELECT customer_id, toString(stage) AS stage, satisfaction, latest_team FROM {database:Identifier}.customers FINAL ${where}) AS customers
    USING (customer_id)
  LEFT ANY JOIN (SELECT customer_id, sum(assumeNotNull(amount)) AS value FROM {database:Identifier}.moments
    WHERE ${IS_PURCHASE} AND currency = {currency:String} AND time > ${timeParameter('yearAgo')} AND time <= ${timeParameter('now')}
    GROUP BY customer_id) AS bought USING (customer_id))`;

const itemRow = z.object({
  customerId: z.string(),
  reasons: z.array(z.tuple([count, instant, z.string(), z.string(), z.string(), z.string()])),
  value: z.number(),
  stage: z.enum(stages),
  satisfaction: z.number().nullable(),
});
const countsRow = z.object({ counts: z.array(count) });

/** Lists who needs somebody today, and why: the most urgent first, then the most valuable. */
export async function worklist(
  asked: WorklistAsked,
  context: RowsContext,
): Promise<Told<typeof endpoints.getWorklist>> {
  const { currency, from, to } = await periodOf({ currency: asked.currency }, context);
  const wanted = conditions();
  wanted.add('stage = {stage:String}', { stage: asked.stage });
  wanted.add('latest_team = {team:String}', { team: asked.team });
  wanted.add(`customer_id IN (SELECT customer_id FROM ${TIERED} WHERE tier = {tier:String})`, { tier: asked.tier });
  const marked = binder();
  const all =
    asked.todo === true
      ? withoutMarked(listed(wanted.where()), asked.marks, context.now, marked)
      : listed(wanted.where());
  const page = offsetOf(asked, 'worklist');
  const params = {
    ...wanted.params(),
    ...marked.params(),
    ...{ currency: currency ?? '', from, to, yearAgo: context.now - YEAR_MS, criticalMs: asked.criticalMs },
  };
  const ofReason =
    asked.reason === undefined ? '' : `WHERE arrayExists(each -> each.1 = ${urgency(asked.reason)}, reasons)`;
  const [rows, [counted]] = await Promise.all([
    ask(
      context,
      `SELECT customer_id AS customerId, reasons, value, stage, satisfaction FROM ${all} ${ofReason}
       ORDER BY reasons[1].1, value DESC, reasons[1].2, customer_id LIMIT {offset:UInt64}, {limit:UInt32}`,
      itemRow,
      { ...params, offset: page.offset, limit: page.limit + 1 },
    ),
    ask(
      context,
      `SELECT [${worklistReasons.map((reason) => `countIf(arrayExists(each -> each.1 = ${urgency(reason)}, reasons))`).join(', ')}] AS counts FROM ${all}`,
      countsRow,
      params,
    ),
  ]);
  const counts = worklistReasons.map((reason, at) => [reason, counted!.counts[at]!] as const);
  const { items, nextCursor } = nextPage(page, rows);
  return {
    items: items.map((row) => {
      const mark = asked.marks.get(row.customerId);
      return { ...row, reasons: row.reasons.map(shownReason), ...(mark !== undefined && { mark }) };
    }),
    nextCursor,
    counts: Object.fromEntries(counts) as Record<WorklistReason, number>,
  };
}

/**
 * SQL of the listed customers without those who are put off until later, and without those whose
 * reasons all began before somebody was done with them.
 */
function withoutMarked(all: string, marks: WorklistAsked['marks'], now: number, binder: Binder): string {
  const putOff: string[] = [];
  const done: [customerId: string, at: number][] = [];
  for (const [customerId, { state, until, at }] of marks) {
    if (state === 'snoozed' && until !== null && until > now) putOff.push(customerId);
    if (state === 'done' && at > now - YEAR_MS) done.push([customerId, at]);
  }
  const ids = binder.json(
    done.map(([customerId]) => customerId),
    'Array(String)',
  );
  const times = binder.json(
    done.map(([, at]) => at),
    'Array(Int64)',
  );
  return `(SELECT * FROM ${all} AS marked
    WHERE NOT has(${binder.json(putOff, 'Array(String)')}, customer_id)
      AND (NOT has(${ids}, customer_id) OR arrayMax(each -> each.2, reasons) > ${times}[indexOf(${ids}, customer_id)]))`;
}

function shownReason([at, since, _, journeyId, promiseId, complaintId]: z.output<typeof itemRow>['reasons'][number]) {
  return {
    reason: worklistReasons[at - 1]!,
    since,
    ...(journeyId === '' ? {} : { journeyId }),
    ...(promiseId === '' ? {} : { promiseId }),
    ...(complaintId === '' ? {} : { complaintId }),
  };
}
