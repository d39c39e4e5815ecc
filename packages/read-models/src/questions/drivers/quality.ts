import type { Asked, endpoints, Told } from '@touchstone/api';
import { raterDimensions } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { meanIntervalOf } from '../../figures/means.ts';
import { relativeWeights } from '../../figures/relative-weights.ts';
import { conditions } from '../../queries/conditions.ts';
import type { RowsContext } from '../rows-context.ts';
import { IS_MOMENT } from '../select-journeys.ts';
import { splitFields, splitRows } from '../split-rows.ts';

const COLUMNS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  journeyType: 'journey_type',
  actorTeam: 'actor_team',
  actorSite: 'actor_site',
} as const;

/** Fewer moments with all ratings tell nothing of their weights. */
const MOMENTS_MIN = 50;

const number = z.number().nullable();
const figures = z.object({
  counts: z.array(count),
  means: z.array(number),
  variances: z.array(number),
  n: count,
  /** Variances and covariances of the five and of perception, row by row. */
  covariances: z.array(number),
});

const ALL = [...raterDimensions, 'perception_given'] as const;
const HAS_ALL = ALL.map((column) => `${column} IS NOT NULL`).join(' AND ');

const list = (sql: readonly string[]) => `[${sql.join(', ')}]`;
const FIGURES = `${list(raterDimensions.map((name) => `count(${name})`))} AS counts,
  ${list(raterDimensions.map((name) => `avg(${name})`))} AS means,
  ${list(raterDimensions.map((name) => `varSampStable(${name})`))} AS variances,
  countIf(${HAS_ALL}) AS n,
  ${list(ALL.flatMap((one) => ALL.map((other) => `covarSampStableIf(ifNull(${one}, 0), ifNull(${other}, 0), ${HAS_ALL})`)))} AS covariances`;

type Quality = Told<typeof endpoints.getQuality>;

/**
 * The five dimensions of quality (RATER): how each is rated, and how much of what customers
 * perceive belongs to it.
 */
export async function quality(asked: Asked<typeof endpoints.getQuality>, context: RowsContext): Promise<Quality> {
  const { by = [] } = asked;
  const wanted = conditions();
  wanted.add(IS_MOMENT, {});
  const { rows } = await splitRows(
    { from: asked.from, to: asked.to },
    {
      table: '{database:Identifier}.moments',
      time: 'time',
      wanted,
      by: by.map((name) => COLUMNS[name]),
      figures: FIGURES,
      row: figures,
    },
    context,
  );
  return {
    rows: rows.map((row) => {
      const { counts, means, variances, n, covariances } = row.figures ?? NOTHING;
      const ratings = raterDimensions.map((name, at) => [
        name,
        meanIntervalOf({ n: counts[at] ?? 0, mean: means[at] ?? 0, variance: variances[at] ?? 0 }),
      ]);
      return {
        ...splitFields(by, undefined, row),
        ratings: Object.fromEntries(ratings),
        n,
        ...weightsOf(n, covariances),
      } as Quality['rows'][number];
    }),
  };
}

const NOTHING = { counts: [], means: [], variances: [], n: 0, covariances: [] };

function weightsOf(n: number, covariances: readonly (number | null)[]) {
  const none = { r2: null, weights: null };
  if (n < MOMENTS_MIN) return none;
  const size = ALL.length;
  const at = (i: number, j: number) => covariances[i * size + j] ?? Number.NaN;
  const correlation = (i: number, j: number) => at(i, j) / Math.sqrt(at(i, i) * at(j, j));
  const dimensions = raterDimensions.map((_, i) => i);
  const found = relativeWeights(
    dimensions.map((i) => dimensions.map((j) => (i === j ? (at(i, i) > 0 ? 1 : Number.NaN) : correlation(i, j)))),
    dimensions.map((i) => correlation(i, size - 1)),
  );
  if (found === null) return none;
  const weights = raterDimensions.map((name, i) => [name, { raw: found.raw[i]!, share: found.raw[i]! / found.r2 }]);
  return { r2: found.r2, weights: Object.fromEntries(weights) };
}
