import type { Asked, endpoints, Told } from '@touchstone/api';
import { z } from 'zod';
import { count, instant } from '../../engine/answer-fields.ts';
import { milliseconds, timeParameter } from '../../engine/sql-time.ts';
import { begins, boundBegins, bucketBegin, bucketsOf, spanOfBuckets } from '../../figures/buckets.ts';
import { ReadModelError } from '../../read-model-error.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { customersBehind } from './customers-behind.ts';

const EVENTS = { moment: 'touchstone.moment.recorded.v1', purchase: 'touchstone.purchase.made.v1' } as const;

/** Most cells, cohorts times periods, of one answer. */
export const RETENTION_CELLS_MAX = 100_000;

const spanRow = z.object({ first: instant.nullable(), last: instant.nullable() });
const sizeRow = z.object({ cohort: instant, customers: count });
const cellRow = z.object({ cohort: instant, period: instant, customers: count });

/**
 * Tells who of the customers that came in one week or month comes again in the following ones. A
 * customer belongs to the cohort of their first event.
 * @throws ReadModelError `too-much` for more cells than an answer holds.
 */
export async function retention(
  asked: Asked<typeof endpoints.getRetention>,
  context: RowsContext,
): Promise<Told<typeof endpoints.getRetention>> {
  const { now } = context;
  const { atLeast = 1, event = 'moment' } = asked;
  const buckets = bucketsOf(asked.cohort ?? '1M', asked.timeZone);
  const span = await spanOf(asked, context);
  if (span === null) return { from: null, to: null, cohorts: [] };
  const { from, to } = spanOfBuckets(span, buckets) as { from: number; to: number };
  const cohorts = begins(buckets, from, to);
  const starts = begins(buckets, from, Math.max(to, buckets.next(now)));
  const periods = begins(buckets, from, buckets.next(now));
  const cells = cohorts.reduce((sum, _, at) => sum + Math.max(0, periods.length - at), 0);
  if (cells > RETENTION_CELLS_MAX) {
    const message = `The answer has more than ${RETENTION_CELLS_MAX} cells: ask for fewer or longer cohorts.`;
    throw new ReadModelError('too-much', message);
  }
  const params = { ...boundBegins(starts), from, to, end: buckets.next(now), type: EVENTS[event], atLeast };
  const cohort = bucketBegin(milliseconds('first_at'));
  const members = `SELECT customer_id, ${cohort} AS cohort FROM {database:Identifier}.customers FINAL
    WHERE first_at >= ${timeParameter('from')} AND first_at < ${timeParameter('to')}`;
  if (cohorts.length === 0) return { from, to, cohorts: [] };
  const [sizes, found] = await Promise.all([
    ask(context, `SELECT cohort, count() AS customers FROM (${members}) GROUP BY cohort`, sizeRow, params),
    ask(
      context,
      `SELECT cohort, period, count() AS customers FROM (
         SELECT customer_id, any(cohort) AS cohort, ${bucketBegin(milliseconds('time'))} AS period
         FROM {database:Identifier}.moments INNER JOIN (${members}) AS members USING (customer_id)
         WHERE type = {type:String} AND time >= ${timeParameter('from')} AND time < ${timeParameter('end')}
         GROUP BY customer_id, period HAVING count() >= {atLeast:UInt32})
       GROUP BY cohort, period`,
      cellRow,
      params,
    ),
  ]);
  const sizeOf = new Map(sizes.map((row) => [row.cohort, row.customers]));
  const cellOf = new Map(found.map((row) => [`${row.cohort} ${row.period}`, row.customers]));
  return {
    from,
    to,
    cohorts: cohorts.map((start, at) => {
      const size = sizeOf.get(start) ?? 0;
      const periodsOfCohort = periods.slice(at).map((period, k) => {
        const customers = cellOf.get(`${start} ${period}`) ?? 0;
        return { k, customers, share: size === 0 ? null : customers / size, isOpen: buckets.next(period) > now };
      });
      return { start, size, periods: periodsOfCohort };
    }),
  };
}

/** The customers behind a cell of {@link retention}, or a whole cohort, by id. */
export async function retainedCustomers(
  asked: Asked<typeof endpoints.listRetainedCustomers> & { readonly start: number },
  context: RowsContext,
): Promise<Told<typeof endpoints.listRetainedCustomers>> {
  const { atLeast = 1, event = 'moment', k } = asked;
  const buckets = bucketsOf(asked.cohort ?? '1M', asked.timeZone);
  const { from, to } = spanOfBuckets({ from: asked.start, to: asked.start + 1 }, buckets) as Record<
    'from' | 'to',
    number
  >;
  const cohort = `SELECT customer_id FROM {database:Identifier}.customers FINAL
    WHERE first_at >= ${timeParameter('from')} AND first_at < ${timeParameter('to')}`;
  if (k === undefined) return customersBehind(cohort, { from, to }, asked, context);
  let begin = from;
  for (let period = 0; period < k && begin <= context.now; period++) begin = buckets.next(begin);
  const came = `SELECT customer_id FROM {database:Identifier}.moments
    WHERE customer_id IN (${cohort}) AND type = {type:String} AND time >= ${timeParameter('begin')} AND time < ${timeParameter('end')}
    GROUP BY customer_id HAVING count() >= {atLeast:UInt32}`;
  const params = { from, to, begin, end: buckets.next(begin), type: EVENTS[event], atLeast };
  return customersBehind(came, params, asked, context);
}

/** The span of the cohorts: by default all, from the first customer's first event on. */
async function spanOf(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  context: RowsContext,
): Promise<{ readonly from: number; readonly to: number } | null> {
  if (from !== undefined && to !== undefined) return { from, to };
  const [row] = await ask(
    context,
    `SELECT if(count() = 0, NULL, ${milliseconds('min(first_at)')}) AS first,
       if(count() = 0, NULL, ${milliseconds('max(first_at)')}) AS last FROM {database:Identifier}.customers FINAL`,
    spanRow,
  );
  if (row === undefined || row.first === null || row.last === null) return null;
  return { from: from ?? row.first, to: to ?? row.last + 1 };
}
