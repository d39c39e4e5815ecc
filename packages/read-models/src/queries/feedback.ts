import type { Asked, endpoints, Told } from '@touchstone/api';
import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { type Buckets, begins, bucketsOf } from '../figures/buckets.ts';
import { meanIntervalOf } from '../figures/means.ts';
import { npsOf } from '../figures/nps.ts';
import { rateOf } from '../figures/rate.ts';
import { databaseOf } from '../generations/generations.ts';
import { ReadModelError } from '../read-model-error.ts';
import { conditions, EPSILON } from './conditions.ts';

const COLUMNS = {
  touchpoint: 'touchpoint',
  journeyType: 'journey_type',
  actorTeam: 'actor_team',
  actorSite: 'actor_site',
} as const;

export interface FeedbackAsked extends Asked<typeof endpoints.getFeedback> {
  /** The least of the product's now, `asOf` and `knownAt`, ms. */
  readonly now: number;
}

export type Feedback = Told<typeof endpoints.getFeedback>;
type FeedbackRow = Feedback['rows'][number];

/** Most rows of one answer. */
export const FEEDBACK_ROWS_MAX = 10_000;

const answerRow = z.object({
  instrument: z.enum(['csat', 'nps', 'ces']),
  dimensions: z.array(z.string()),
  bucket: instant.nullable(),
  n: count,
  mean: z.number(),
  variance: z.number().nullable(),
  high: count,
  low: count,
});
type Row = z.output<typeof answerRow>;

/**
 * Figures of feedback by instrument, dimensions and bucket, ordered by these.
 * @throws ReadModelError `too-much` for more rows than an answer holds.
 */
export async function feedback(clickhouse: ClickHouse, generation: number, asked: FeedbackAsked): Promise<Feedback> {
  const { by = [], bucket } = asked;
  const buckets = bucket === undefined ? undefined : bucketsOf(bucket, asked.timeZone);
  const from = asked.from === undefined ? undefined : (buckets?.begin(asked.from) ?? asked.from);
  const to =
    asked.to === undefined || buckets === undefined || buckets.begin(asked.to) === asked.to
      ? asked.to
      : buckets.next(asked.to);
  const wanted = conditions();
  wanted.add("type = 'touchstone.feedback.given.v1'", {});
  wanted.add(`time >= ${timeParameter('from')}`, { from });
  wanted.add(`time < ${timeParameter('to')}`, { to });
  wanted.add(`time <= ${timeParameter('asOf')}`, { asOf: asked.asOf });
  wanted.add(`recorded_at <= ${timeParameter('knownAt')}`, { knownAt: asked.knownAt });
  const params = { ...wanted.params(), database: databaseOf(generation) };
  const starts =
    buckets === undefined ? undefined : await startsOf(clickhouse, buckets, { from, to }, wanted.where(), params);
  const names: Record<string, string> = {};
  const columns = by.map((name, i) => {
    if (!name.startsWith('attribute.')) return COLUMNS[name as keyof typeof COLUMNS];
    names[`attribute${i}`] = name.slice('attribute.'.length);
    return `attributes[{attribute${i}:String}]`;
  });
  const bucketSql =
    starts === undefined ? 'NULL' : `roundDown(${milliseconds('time')}, JSONExtract({begins:String}, 'Array(Int64)'))`;
  const rows =
    starts?.length === 0
      ? []
      : await clickhouse.query(
          `SELECT toString(instrument) AS instrument, [${columns.map((column) => `toString(${column})`).join(', ')}]${columns.length === 0 ? '::Array(String)' : ''} AS dimensions,
             ${bucketSql} AS bucket, count() AS n, avg(feedback_score) AS mean, varSampStable(feedback_score) AS variance,
             countIf(feedback_score >= if(instrument = 'nps', 9, 4) - ${EPSILON}) AS high,
             countIf(feedback_score <= if(instrument = 'nps', 6, 2) + ${EPSILON}) AS low
           FROM {database:Identifier}.moments ${wanted.where()}
           GROUP BY instrument, dimensions, bucket ORDER BY instrument, dimensions, bucket LIMIT ${FEEDBACK_ROWS_MAX + 1}`,
          { ...params, ...names, ...(starts === undefined ? {} : { begins: JSON.stringify(starts) }) },
          answerRow,
        );
  const told = filled(rows, starts).map((row) => shown(by, row, buckets, asked.now));
  if (buckets === undefined || starts === undefined) return { rows: told };
  const last = starts.at(-1);
  return { from: starts[0] ?? from ?? null, to: last === undefined ? (to ?? null) : buckets.next(last), rows: told };
}

const spanRow = z.object({ from: instant, to: instant, n: count });

/** The begins of all buckets: without bounds, of those from the first feedback to the last. */
async function startsOf(
  clickhouse: ClickHouse,
  buckets: Buckets,
  { from, to }: { readonly from: number | undefined; readonly to: number | undefined },
  where: string,
  params: Readonly<Record<string, string | number | bigint | boolean>>,
): Promise<readonly number[]> {
  if (from !== undefined && to !== undefined) return begins(buckets, from, to);
  const [row] = await clickhouse.query(
    `SELECT ${milliseconds('min(time)')} AS from, ${milliseconds('max(time)')} AS to, count() AS n
     FROM {database:Identifier}.moments ${where}`,
    params,
    spanRow,
  );
  return row === undefined || row.n === 0 ? [] : begins(buckets, from ?? row.from, to ?? row.to + 1);
}

/** The rows, in their order, with one for each bucket of each group. */
function filled(rows: readonly Row[], starts: readonly number[] | undefined): readonly Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.instrument, row.dimensions]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  if (groups.size * (starts?.length ?? 1) > FEEDBACK_ROWS_MAX) {
    throw new ReadModelError(
      'too-much',
      `The answer has more than ${FEEDBACK_ROWS_MAX} rows: ask for a shorter window, longer buckets or fewer dimensions.`,
    );
  }
  if (starts === undefined) return rows;
  return [...groups.values()].flatMap((group) => {
    const [{ instrument, dimensions }] = group as [Row];
    const byBucket = new Map(group.map((row) => [row.bucket, row]));
    const nothing = { instrument, dimensions, n: 0, mean: 0, variance: null, high: 0, low: 0 };
    return starts.map((bucket) => byBucket.get(bucket) ?? { ...nothing, bucket });
  });
}

function shown(
  by: readonly string[],
  { instrument, dimensions, bucket, n, mean, variance, high, low }: Row,
  buckets: Buckets | undefined,
  now: number,
): FeedbackRow {
  const figures = {
    csat: () => ({ satisfied: rateOf(high, n) }),
    ces: () => ({ easy: rateOf(low, n) }),
    nps: () => ({ promoters: high, passives: n - high - low, detractors: low, ...npsOf(high, low, n) }),
  };
  return {
    instrument,
    ...Object.fromEntries(by.map((name, at) => [name, dimensions[at]!])),
    bucket,
    ...(buckets === undefined ? {} : { isOpen: buckets.next(bucket!) > now }),
    ...meanIntervalOf({ n, mean, variance: variance ?? 0 }),
    ...figures[instrument](),
  } as FeedbackRow;
}
