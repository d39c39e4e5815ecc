import type { DriverFactor, endpoints, Request, Told } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import { byBytes } from '../../figures/by-bytes.ts';
import { falseDiscoveryRates } from '../../figures/many-tests.ts';
import { differenceOfMeans, type MeanDifference, type Sample } from '../../figures/means.ts';
import { differenceOfRates } from '../../figures/rates.ts';
import type { Page } from '../../queries/cursor.ts';
import { ReadModelError } from '../../read-model-error.ts';
import type { Binder } from '../bind-values.ts';
import { type Cases, casesOf, type QuestionContext } from '../cases.ts';
import { type JourneyBehind, journeysBehind } from '../journeys-behind.ts';
import { IS_MOMENT } from '../select-journeys.ts';
import { casesWithOutcome, isPartOf, isRate } from './outcomes.ts';

export type DriversAsked = Request<typeof endpoints.askDrivers>['body'];
type Drivers = Told<typeof endpoints.askDrivers>;
type Driver = Drivers['items'][number];

/** Most values that one answer tests. */
export const DRIVER_TESTS_MAX = 10_000;

/** Up to this share of false findings a driver is listed as found. */
const FOUND = 0.05;

/** Factors that the steps of a case tell: the values of those steps that count. */
const OF_STEPS = {
  touchpoint: 'toString(touchpoint)',
  'touchpoint-failed': "if(outcome = 'succeeded', '', toString(touchpoint))",
  channel: 'toString(channel)',
  team: 'toString(actor_team)',
  site: 'toString(actor_site)',
} as const satisfies Partial<Record<DriverFactor, string>>;
const UNLESS_TOLD = Object.keys(OF_STEPS) as (keyof typeof OF_STEPS)[];

const wholeRow = z.object({ n: count, mean: z.number().nullable() });
const sumsRow = z.object({ n: count, sum: z.number(), squares: z.number() });
const sideRow = z.object({ n: count, mean: z.number().nullable(), variance: z.number().nullable() });
const withRow = z.object({
  factor: z.string(),
  value: z.string(),
  n: count,
  mean: z.number(),
  variance: z.number().nullable(),
  sum: z.number(),
  squares: z.number(),
});
type With = z.output<typeof withRow>;

/**
 * Finds what goes with an outcome: each value of each factor against the cases without it.
 * @throws ReadModelError `too-much` for more values than one answer tests.
 */
export async function drivers(asked: DriversAsked, context: QuestionContext): Promise<Drivers> {
  const cases = casesOf(asked, context);
  const units = casesWithOutcome(cases, asked.outcome, asked.unit);
  const now = { now: context.now };
  const [whole] = await cases.query(`SELECT count() AS n, avg(y) AS mean FROM ${units}`, wholeRow, now);
  const { n, mean } = whole!;
  const centre = mean ?? 0;
  const params = { ...now, centre, casesMin: asked.casesMin, casesMax: n - asked.casesMin };
  const factors = factorRows(asked.factors ?? UNLESS_TOLD, units, cases);
  const found =
    params.casesMax < asked.casesMin
      ? []
      : await cases.query(
          `SELECT factor, value, count() AS n, avg(y) AS mean, varSampStable(y) AS variance,
             sum(y - {centre:Float64}) AS sum, sum((y - {centre:Float64}) * (y - {centre:Float64})) AS squares
           FROM ${factors} WHERE value != '' GROUP BY factor, value
           HAVING n >= {casesMin:Int64} AND n <= {casesMax:Int64} ORDER BY factor, value LIMIT ${DRIVER_TESTS_MAX + 1}`,
          withRow,
          params,
        );
  if (found.length > DRIVER_TESTS_MAX) {
    throw new ReadModelError(
      'too-much',
      `More than ${DRIVER_TESTS_MAX} values of these factors are in enough cases: name fewer factors, or raise casesMin.`,
    );
  }
  const [sums] = await cases.query(
    `SELECT count() AS n, sum(y - {centre:Float64}) AS sum, sum((y - {centre:Float64}) * (y - {centre:Float64})) AS squares FROM ${units}`,
    sumsRow,
    params,
  );
  const tests: Omit<Driver, 'q'>[] = [];
  for (const each of found) {
    const other = without(sums!, each, centre) ?? (await exactlyWithout(each, units, cases, params));
    tests.push(testOf(asked, each, other, context));
  }
  const qs = falseDiscoveryRates(tests.map(({ p }) => p));
  const items = tests.map((test, at): Driver => ({ ...test, q: qs[at]! })).sort(byImportance);
  return { cases: n, tests: tests.length, items: items.slice(0, asked.limit) };
}

/** SQL of the factors of each case with the outcome: `factor`, `value`, `y`, each once a case. */
function factorRows(factors: readonly DriverFactor[], units: string, { bind }: Cases): string {
  const ofSteps = factors.filter((factor): factor is keyof typeof OF_STEPS => factor in OF_STEPS);
  const parts = factors.flatMap((factor) => {
    if (factor === 'type' || factor === 'level')
      return [`SELECT '${factor}' AS factor, ${factor} AS value, y FROM ${units}`];
    if (!factor.startsWith('attribute.')) return [];
    const name = bind.text(factor.slice('attribute.'.length));
    return [`SELECT ${bind.text(factor)} AS factor, attributes[${name}] AS value, y FROM ${units}`];
  });
  if (ofSteps.length > 0) {
    const named = ofSteps.map((factor) => `('${factor}', ${OF_STEPS[factor]})`).join(', ');
    parts.push(`SELECT step.1 AS factor, step.2 AS value, y FROM (
        SELECT customer_id, journey_id, arrayJoin(groupUniqArrayArray([${named}])) AS step
        FROM {database:Identifier}.moments WHERE ${IS_MOMENT} AND journey_id != '' GROUP BY customer_id, journey_id) AS steps
      INNER JOIN ${units} AS units USING (customer_id, journey_id)`);
  }
  return `(${parts.join('\nUNION ALL\n')})`;
}

/**
 * The cases without a value, from all cases and those with it, both centred on the mean of all.
 * Null where what is left is so small that it may be the rounding of a spread of 0.
 */
function without(all: z.output<typeof sumsRow>, those: With, centre: number): Sample | null {
  const n = all.n - those.n;
  const sum = all.sum - those.sum;
  const spread = all.squares - those.squares - sum ** 2 / n;
  if (spread < all.squares * 1e-9) return null;
  return { n, mean: centre + sum / n, variance: n < 2 ? 0 : spread / (n - 1) };
}

async function exactlyWithout(
  each: With,
  units: string,
  cases: Cases,
  params: Readonly<Record<string, number>>,
): Promise<Sample> {
  const [row] = await cases.query(
    `SELECT count() AS n, avg(y) AS mean, varSampStable(y) AS variance FROM ${units} WHERE NOT (${hasValue(each, cases.bind)})`,
    sideRow,
    params,
  );
  return { n: row!.n, mean: row!.mean ?? 0, variance: row!.variance ?? 0 };
}

/** SQL that tells whether a case has a value of a factor. */
function hasValue({ factor, value }: Pick<Driver, 'factor' | 'value'>, bind: Binder): string {
  if (isOfSteps(factor)) {
    return `(customer_id, journey_id) IN (SELECT customer_id, journey_id FROM {database:Identifier}.moments
      WHERE ${IS_MOMENT} AND ${OF_STEPS[factor]} = ${bind.text(value)})`;
  }
  const column = factor.startsWith('attribute.')
    ? `attributes[${bind.text(factor.slice('attribute.'.length))}]`
    : factor;
  return `${column} = ${bind.text(value)}`;
}

/** The journeys on one side of a driver, as many as its count says. */
export async function driverJourneys(
  asked: Request<typeof endpoints.listDriverJourneys>['body'],
  context: QuestionContext,
): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const units = casesWithOutcome(cases, asked.outcome, asked.unit);
  const has = hasValue(asked, cases.bind);
  const found = `(SELECT customer_id, journey_id FROM ${units} WHERE ${asked.has ? has : `NOT (${has})`})`;
  return journeysBehind(cases, found, asked, { now: context.now });
}

const isOfSteps = (factor: string): factor is keyof typeof OF_STEPS => Object.hasOwn(OF_STEPS, factor);

function testOf(
  { outcome }: DriversAsked,
  { factor, value, n, mean, variance }: With,
  other: Sample,
  context: QuestionContext,
): Omit<Driver, 'q'> {
  const difference: MeanDifference = isRate(outcome)
    ? differenceOfRates({ n, k: Math.round(n * mean) }, { n: other.n, k: Math.round(other.n * other.mean) })
    : differenceOfMeans({ n, mean, variance: variance ?? 0 }, other);
  return {
    ...{ factor, value, with: { n, mean }, without: { n: other.n, mean: other.mean } },
    ...difference,
    isPart: isPartOf(outcome, { factor, value }, context),
  };
}

/** How far the interval lies from 0; 0 if it holds 0. */
function distance({ low, high }: Driver): number {
  if (low === null || high === null) return 0;
  return Math.max(low, -high, 0);
}

/** First what is found, by the distance of its interval from 0, then the rest by p. */
function byImportance(a: Driver, b: Driver): number {
  const [isFoundA, isFoundB] = [a.q <= FOUND, b.q <= FOUND];
  if (isFoundA !== isFoundB) return isFoundA ? -1 : 1;
  const order = isFoundA ? distance(b) - distance(a) : (a.p ?? 1) - (b.p ?? 1);
  return order || byBytes(a.factor, b.factor) || byBytes(a.value, b.value);
}
