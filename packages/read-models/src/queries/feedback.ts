import type { Asked, endpoints, Told } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { timeParameter } from '../engine/sql-time.ts';
import { meanIntervalOf } from '../figures/means.ts';
import { npsOf } from '../figures/nps.ts';
import { rateOf } from '../figures/rate.ts';
import { type SplitRow, splitFields, splitRows } from '../questions/split-rows.ts';
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

const figures = z.object({ n: count, mean: z.number(), variance: z.number().nullable(), high: count, low: count });
type Figures = z.output<typeof figures>;
const NOTHING: Figures = { n: 0, mean: 0, variance: null, high: 0, low: 0 };

/**
 * Figures of feedback by instrument, dimensions and bucket, ordered by these.
 * @throws ReadModelError `too-much` for more rows than an answer holds.
 */
export async function feedback(clickhouse: ClickHouse, generation: number, asked: FeedbackAsked): Promise<Feedback> {
  const { by = [], bucket, now } = asked;
  const wanted = conditions();
  wanted.add("type = 'touchstone.feedback.given.v1'", {});
  wanted.add(`time <= ${timeParameter('asOf')}`, { asOf: asked.asOf });
  wanted.add(`recorded_at <= ${timeParameter('knownAt')}`, { knownAt: asked.knownAt });
  const params: Record<string, string> = {};
  const columns = by.map((name, i) => {
    if (!name.startsWith('attribute.')) return COLUMNS[name as keyof typeof COLUMNS];
    params[`attribute${i}`] = name.slice('attribute.'.length);
    return `attributes[{attribute${i}:String}]`;
  });
  const { span, rows } = await splitRows(
    asked,
    {
      ...{ table: '{database:Identifier}.moments', time: 'time', wanted, by: ['instrument', ...columns], params },
      figures: `count() AS n, avg(feedback_score) AS mean, varSampStable(feedback_score) AS variance,
        countIf(feedback_score >= if(instrument = 'nps', 9, 4) - ${EPSILON}) AS high,
        countIf(feedback_score <= if(instrument = 'nps', 6, 2) + ${EPSILON}) AS low`,
      row: figures,
    },
    { clickhouse, generation, now },
  );
  return { ...span, rows: rows.map((row) => shown(by, row, bucket)) };
}

function shown(by: readonly string[], row: SplitRow<Figures>, bucket: FeedbackAsked['bucket']): FeedbackRow {
  const { n, mean, variance, high, low } = row.figures ?? NOTHING;
  const figuresOf = {
    csat: () => ({ satisfied: rateOf(high, n) }),
    ces: () => ({ easy: rateOf(low, n) }),
    nps: () => ({ promoters: high, passives: n - high - low, detractors: low, ...npsOf(high, low, n) }),
  };
  const [instrument] = row.values as [keyof typeof figuresOf];
  return {
    ...splitFields(['instrument', ...by], bucket, row),
    ...(bucket === undefined ? { bucket: null } : {}),
    ...meanIntervalOf({ n, mean, variance: variance ?? 0 }),
    ...figuresOf[instrument](),
  } as FeedbackRow;
}
