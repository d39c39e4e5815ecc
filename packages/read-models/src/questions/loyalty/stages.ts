import type { Asked, endpoints, Told } from '@touchstone/api';
import { type Stage, stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { instant } from '../../engine/answer-fields.ts';
import { milliseconds } from '../../engine/sql-time.ts';
import { begins, boundBegins, bucketBegin, bucketsOf, spanOfBuckets } from '../../figures/buckets.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { customersBehind } from './customers-behind.ts';

type Stages = Told<typeof endpoints.getStages>;

const change = z.object({ bucket: instant, stage: z.enum(stages), change: z.coerce.number().int() });
const firstRow = z.object({ first: instant.nullable() });

/**
 * How many customers were in each trust stage at the end of each bucket; in the bucket of now, as
 * they are now. A customer begins in `none` with their first event, and each move changes two
 * counts.
 */
export async function stagesOverTime(asked: Asked<typeof endpoints.getStages>, context: RowsContext): Promise<Stages> {
  const { now } = context;
  const buckets = bucketsOf(asked.bucket ?? '1w', asked.timeZone);
  const first = asked.from ?? (await firstEvent(context));
  if (first === null) return { from: null, to: null, buckets: [] };
  const span = spanOfBuckets({ from: first, to: asked.to ?? now + 1 }, buckets) as { from: number; to: number };
  const starts = begins(buckets, span.from, Math.min(span.to, buckets.next(now)));
  const last = starts.at(-1);
  if (last === undefined) return { ...span, buckets: [] };
  const isNow = buckets.next(last) > now;
  const changes = await ask(
    context,
    `SELECT bucket, stage, sum(change) AS change FROM (
       SELECT ${bucketBegin(milliseconds('first_at'))} AS bucket, 'none' AS stage, 1 AS change
       FROM {database:Identifier}.customers FINAL WHERE {isNow:Bool} OR ${milliseconds('first_at')} < {end:Int64}
       UNION ALL
       SELECT ${bucketBegin(milliseconds('at'))}, toString(moved.1), moved.2
       FROM {database:Identifier}.trust_changes FINAL ARRAY JOIN [(\`from\`, -1), (\`to\`, 1)] AS moved
       WHERE ${milliseconds('at')} < {end:Int64})
     GROUP BY bucket, stage`,
    change,
    { ...boundBegins(starts), isNow, end: isNow ? now + 1 : buckets.next(last) },
  );
  const counts: Record<Stage, number> = { none: 0, cognitive: 0, affective: 0, behavioural: 0 };
  return {
    ...span,
    buckets: starts.map((start) => {
      for (const each of changes) if (each.bucket === start) counts[each.stage] += each.change;
      const end = buckets.next(start);
      return { start, end, isOpen: end > now, ...counts };
    }),
  };
}

/** The customers whom {@link stagesOverTime} counts in a stage at the end of a bucket, by id. */
export async function customersInStage(
  asked: Asked<typeof endpoints.listCustomersInStage> & { readonly at: number; readonly inStage: Stage },
  context: RowsContext,
): Promise<Told<typeof endpoints.listCustomersInStage>> {
  const { at, inStage } = asked;
  const moved = `SELECT customer_id, argMax(toString(\`to\`), ordinal) AS stage
    FROM {database:Identifier}.trust_changes FINAL WHERE ${milliseconds('at')} < {end:Int64} GROUP BY customer_id`;
  const known = `SELECT customer_id FROM {database:Identifier}.customers FINAL WHERE ${milliseconds('first_at')} < {end:Int64}`;
  const members =
    inStage === 'none'
      ? `${known} AND customer_id NOT IN (SELECT customer_id FROM (${moved}) WHERE stage != 'none')`
      : `SELECT customer_id FROM (${moved}) WHERE stage = {inStage:String}`;
  return customersBehind(members, { end: at, ...(inStage === 'none' ? {} : { inStage }) }, asked, context);
}

/** The least time of any event, ms; null while there is none. */
export async function firstEvent(context: RowsContext): Promise<number | null> {
  const [row] = await ask(
    context,
    `SELECT if(count() = 0, NULL, ${milliseconds('min(first_at)')}) AS first FROM {database:Identifier}.customers FINAL`,
    firstRow,
  );
  return row?.first ?? null;
}
