import type { DeviationKind } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { byBytes } from '../figures/by-bytes.ts';
import { differenceOfMeans, type MeanDifference, type Sample } from '../figures/means.ts';
import { type Rate, rateOf } from '../figures/rate.ts';
import type { Page } from '../queries/cursor.ts';
import { ReadModelError } from '../read-model-error.ts';
import { type Cases, type CasesAsked, casesOf, type QuestionContext } from './cases.ts';
import { DEVIATION, deviationPair, deviationsOf, KINDS } from './deviations.ts';
import { type JourneyBehind, journeysBehind, type PageAsked } from './journeys-behind.ts';

export interface Deviation {
  readonly kind: DeviationKind;
  readonly touchpoint: string;
}

export interface ConformanceAsked extends CasesAsked {
  /** The touchpoints in their order, and what does not count: with those of the definition. */
  readonly steps: readonly string[];
  readonly allow: readonly Deviation[];
  readonly includeOpen: boolean;
}

/** Most deviations of one answer. */
export const DEVIATIONS_MAX = 1_000;

const totalsRow = z.object({ cases: count, open: count, conforming: count });
const foundRow = z.object({ kind: z.number(), touchpoint: z.string(), cases: count });
const sideRow = z.object({
  kind: z.number(),
  touchpoint: z.string(),
  deviates: z.coerce.boolean(),
  cases: count,
  medianMs: z.number().nullable(),
  scored: count,
  mean: z.number().nullable(),
  variance: z.number().nullable(),
});
type Side = z.output<typeof sideRow>;

interface ShownSide {
  readonly medianMs: number | null;
  readonly meanScore: number | null;
}

export interface Conformance {
  readonly cases: number;
  readonly open: number;
  readonly conforming: Rate;
  readonly deviations: readonly (Deviation & {
    readonly cases: number;
    readonly share: number;
    readonly with: ShownSide;
    readonly without: ShownSide;
    readonly effect: MeanDifference;
  })[];
}

/**
 * How far cases keep to the steps of their type.
 * @throws ReadModelError `too-much` for more than {@link DEVIATIONS_MAX} different deviations.
 */
export async function conformance(asked: ConformanceAsked, context: QuestionContext): Promise<Conformance> {
  const cases = casesOf(asked, context);
  const source = deviatingCases(asked, cases);
  const isLooked = asked.includeOpen ? 'true' : 'NOT is_open';
  const [totals] = await cases.query(
    `SELECT countIf(${isLooked}) AS cases, countIf(NOT (${isLooked})) AS open,
       countIf(${isLooked} AND empty(deviations)) AS conforming FROM ${source}`,
    totalsRow,
  );
  const found = await cases.query(
    `SELECT deviation.1 AS kind, deviation.2 AS touchpoint, count() AS cases
     FROM ${source} ARRAY JOIN deviations AS deviation WHERE ${isLooked}
     GROUP BY kind, touchpoint ORDER BY cases DESC LIMIT ${DEVIATIONS_MAX + 1}`,
    foundRow,
  );
  if (found.length > DEVIATIONS_MAX) {
    throw new ReadModelError(
      'too-much',
      `There are more than ${DEVIATIONS_MAX} different deviations: select fewer journeys, or name more of the touchpoints as steps.`,
    );
  }
  const pairs = cases.bind.json(
    found.map(({ kind, touchpoint }) => [kind, touchpoint]),
    `Array(${DEVIATION})`,
  );
  const sides =
    found.length === 0
      ? []
      : await cases.query(
          `SELECT deviation.1 AS kind, deviation.2 AS touchpoint, has(deviations, deviation) AS deviates, count() AS cases,
             quantileExactInclusive(0.5)(at[-1] - at[1]) AS medianMs, count(score) AS scored, avg(score) AS mean,
             varSampStable(score) AS variance
           FROM ${source} ARRAY JOIN ${pairs} AS deviation WHERE ${isLooked}
           GROUP BY kind, touchpoint, deviates`,
          sideRow,
        );
  return answered(totals!, sides);
}

function answered(totals: z.output<typeof totalsRow>, sides: readonly Side[]): Conformance {
  const without = new Map(sides.filter(({ deviates }) => !deviates).map((side) => [keyOf(side), side]));
  const deviations = sides
    .filter(({ deviates }) => deviates)
    .map((side) => {
      const other = without.get(keyOf(side));
      const { kind, touchpoint, cases } = side;
      return {
        ...{ kind: KINDS[kind]!, touchpoint, cases, share: cases / totals.cases },
        with: shownSide(side),
        without: shownSide(other),
        effect: differenceOfMeans(sampleOf(side), sampleOf(other)),
      };
    })
    .sort((a, b) => b.cases - a.cases || byBytes(a.kind, b.kind) || byBytes(a.touchpoint, b.touchpoint));
  const { cases, open, conforming } = totals;
  return { cases, open, conforming: rateOf(conforming, cases), deviations };
}

const keyOf = ({ kind, touchpoint }: Pick<Side, 'kind' | 'touchpoint'>) => `${kind} ${touchpoint}`;
const shownSide = (side: Side | undefined): ShownSide => ({
  medianMs: side?.medianMs ?? null,
  meanScore: side?.mean ?? null,
});

const sampleOf = (side: Side | undefined): Sample => ({
  n: side?.scored ?? 0,
  mean: side?.mean ?? 0,
  variance: side?.variance ?? 0,
});

export interface ConformanceJourneysAsked extends ConformanceAsked, PageAsked {
  readonly deviation?: Deviation | undefined;
  readonly conforming?: boolean | undefined;
}

/** The journeys that deviate so, or that conform. */
export async function conformanceJourneys(
  asked: ConformanceJourneysAsked,
  context: QuestionContext,
): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const { deviation, conforming, includeOpen } = asked;
  const isWanted =
    deviation === undefined
      ? `${conforming ? 'empty' : 'notEmpty'}(deviations)`
      : `has(deviations, ${cases.bind.json([deviationPair(deviation)], `Array(${DEVIATION})`)}[1])`;
  const found = `(SELECT customer_id, journey_id FROM ${deviatingCases(asked, cases)}
    WHERE ${includeOpen ? 'true' : 'NOT is_open'} AND ${isWanted})`;
  return journeysBehind(cases, found, asked);
}

/** SQL of the case table with the `deviations` of each case. */
function deviatingCases({ steps, allow }: ConformanceAsked, { bind, table }: Cases): string {
  const all = bind.json(steps, 'Array(String)');
  const source = table({
    steps: {
      touchpoints: 'toString(touchpoint)',
      places: `toUInt16(indexOf(${all}, toString(touchpoint)))`,
    },
  });
  const allowed = bind.json(allow.map(deviationPair), `Array(${DEVIATION})`);
  const deviations = deviationsOf({
    ...{ touchpoints: 'touchpoints', places: 'places', steps: all, isOpen: 'is_open', allowed },
  });
  return `(SELECT *, ${deviations} AS deviations FROM ${source})`;
}
