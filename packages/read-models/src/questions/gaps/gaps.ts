import type { Asked, endpoints, Told } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { timeParameter } from '../../engine/sql-time.ts';
import { byBytes } from '../../figures/by-bytes.ts';
import { type MeanInterval, meanIntervalOf, type Sample } from '../../figures/means.ts';
import { conditions } from '../../queries/conditions.ts';
import { binder } from '../bind-values.ts';
import { ask, type RowsContext } from '../rows-context.ts';
import { IS_MOMENT } from '../select-journeys.ts';

/** The parts of a touchpoint's definition that gaps are measured against, 1..5. */
interface TouchpointAsked {
  readonly believed?: number | undefined;
  readonly standard?: number | undefined;
  readonly promised?: number | undefined;
  readonly targetMs?: number | undefined;
}

/** A definition, as far as gaps look at it. */
export interface GapsDefinition {
  readonly steps?: readonly string[] | undefined;
  readonly touchpoints?: Readonly<Record<string, TouchpointAsked>> | undefined;
}

const maybe = z.number().nullable();
const row = z.object({
  touchpoint: z.string(),
  moments: count,
  delivered: maybe,
  deliveredVariance: maybe,
  told: count,
  expectation: maybe,
  expectationVariance: maybe,
  both: count,
  service: maybe,
  serviceVariance: maybe,
});
type Row = z.output<typeof row>;
type Gaps = Told<typeof endpoints.getGaps>;

/** Pace of a moment against its target, as in the measurement; `r` is their ratio. */
const pace = (r: string) => `multiIf(${r} <= 0.5, 1., ${r} <= 1, 2 * (1 - ${r}), ${r} < 3, 1 - ${r}, -2.)`;

/** SQL of what was done at a moment, whatever was felt, on 1..5. */
const DELIVERED = `multiIf(outcome = 'failed', 1., outcome = 'abandoned', 2., target > 0 AND duration_ms IS NOT NULL,
  greatest(1., least(5., standard + ${pace('(assumeNotNull(duration_ms) / target)')})), standard)`;

/**
 * The five gaps of Parasuraman, Zeithaml and Berry at each touchpoint of a definition; positive is
 * a shortfall. `definition` is undefined for a type that nobody has defined.
 */
export async function gaps(
  asked: Asked<typeof endpoints.getGaps>,
  definition: GapsDefinition | undefined,
  context: RowsContext,
): Promise<Gaps> {
  const { steps = [], touchpoints = {} } = definition ?? {};
  const names = [...new Set([...Object.keys(touchpoints), ...steps])].sort(byBytes);
  if (names.length === 0) return { rows: [] };
  const bind = binder();
  const all = bind.json(names, 'Array(String)');
  const each = (part: keyof TouchpointAsked) =>
    bind.json(
      names.map((name) => ofTouchpoint(touchpoints, name)[part] ?? 0),
      'Array(Float64)',
    );
  const wanted = conditions();
  wanted.add("type IN ('touchstone.moment.recorded.v1', 'touchstone.feedback.given.v1')", {});
  wanted.add('journey_type = {type:String}', { type: asked.type });
  wanted.add(`time >= ${timeParameter('from')}`, { from: asked.from });
  wanted.add(`time < ${timeParameter('to')}`, { to: asked.to });
  wanted.add(`has(${all}, toString(touchpoint))`, {});
  const rows = await ask(
    context,
    `SELECT name AS touchpoint, countIf(is_moment) AS moments,
       avgIf(delivered_here, is_moment) AS delivered, varSampStableIf(delivered_here, is_moment) AS deliveredVariance,
       count(expectation_given) AS told, avg(expectation_given) AS expectation, varSampStable(expectation_given) AS expectationVariance,
       count(expectation_given - perception_given) AS both, avg(expectation_given - perception_given) AS service,
       varSampStable(expectation_given - perception_given) AS serviceVariance
     FROM (SELECT *, ${DELIVERED} AS delivered_here FROM (
       SELECT toString(touchpoint) AS name, ${IS_MOMENT} AS is_moment, outcome, duration_ms, expectation_given, perception_given,
         indexOf(${all}, name) AS place, ${each('standard')}[place] AS standard, ${each('targetMs')}[place] AS target
       FROM {database:Identifier}.moments ${wanted.where()}))
     GROUP BY touchpoint`,
    row,
    { ...wanted.params(), ...bind.params() },
  );
  const found = new Map(rows.map((each) => [each.touchpoint, each]));
  return {
    rows: names.map((touchpoint) => ({
      touchpoint,
      gaps: gapsOf(ofTouchpoint(touchpoints, touchpoint), found.get(touchpoint) ?? NOTHING),
    })),
  };
}

const NOTHING: Omit<Row, 'touchpoint'> = {
  ...{ moments: 0, delivered: null, deliveredVariance: null, told: 0, expectation: null, expectationVariance: null },
  ...{ both: 0, service: null, serviceVariance: null },
};

/** Names such as `constructor` are names like others. */
const ofTouchpoint = (touchpoints: Readonly<Record<string, TouchpointAsked>>, name: string): TouchpointAsked =>
  Object.hasOwn(touchpoints, name) ? touchpoints[name]! : {};

function gapsOf({ believed, standard, promised }: TouchpointAsked, row: Omit<Row, 'touchpoint'>) {
  const told = sample(row.told, row.expectation, row.expectationVariance);
  const done = sample(row.moments, row.delivered, row.deliveredVariance);
  const isSet = standard !== undefined;
  return {
    knowledge: gap(told, believed === undefined ? undefined : (mean) => mean - believed),
    policy: { gap: believed === undefined || standard === undefined ? null : believed - standard },
    delivery: gap(done, isSet ? (mean) => standard - mean : undefined),
    communication: gap(done, isSet && promised !== undefined ? (mean) => promised - mean : undefined),
    service: gap(sample(row.both, row.service, row.serviceVariance), (mean) => mean),
  };
}

const sample = (n: number, mean: number | null, variance: number | null): Sample => ({
  n,
  mean: mean ?? 0,
  variance: variance ?? 0,
});

/** A gap made of a mean, with its interval; null where something is missing. */
function gap({ n, mean, variance }: Sample, of: ((mean: number) => number) | undefined) {
  if (of === undefined || n === 0) return { gap: null, n, low: null, high: null };
  const { low, high }: MeanInterval = meanIntervalOf({ n, mean: of(mean), variance });
  return { gap: of(mean), n, low, high };
}
