import type { Breakdown, Matcher } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { medianSurvival } from '../figures/survival.ts';
import type { Page } from '../queries/cursor.ts';
import { OTHER, shownName } from '../queries/others.ts';
import { breakdownOf, type Cases, type CasesAsked, casesOf, matches, type QuestionContext } from './cases.ts';
import { inGroup, listedFirst } from './groups.ts';
import { type JourneyBehind, journeysBehind, type PageAsked } from './journeys-behind.ts';

export interface DurationsAsked extends CasesAsked {
  readonly from: Matcher;
  readonly to: Matcher;
  readonly breakdown?: Breakdown | undefined;
  readonly groupsMax: number;
  /** Ascending, ms. */
  readonly edgesMs?: readonly number[] | undefined;
}

const number = z.number().nullable();
const QUANTILES = { p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9, p99: 0.99 } as const;

const answerRow = z.object({
  isOther: z.coerce.boolean(),
  value: z.string(),
  cases: count,
  arrived: count,
  open: count,
  meanMs: number,
  quantiles: z.array(number),
  medianMsWithOpen: number,
  histogram: z.array(count),
});
type AnswerRow = z.output<typeof answerRow>;

export interface DurationGroup {
  readonly value: string | null;
  readonly cases: number;
  readonly arrived: number;
  readonly open: number;
  readonly never: number;
  readonly meanMs: number | null;
  readonly quantilesMs: Readonly<Record<keyof typeof QUANTILES, number | null>>;
  readonly medianMsWithOpen: number | null;
  readonly histogram:
    | readonly { readonly fromMs: number; readonly toMs: number | null; readonly cases: number }[]
    | null;
}

/** How long cases take from one step to another, by group. */
export async function durations(asked: DurationsAsked, context: QuestionContext): Promise<readonly DurationGroup[]> {
  const cases = casesOf(asked, context);
  const { bind } = cases;
  const { edgesMs = [], groupsMax, breakdown } = asked;
  const edges = bind.json([0, ...edgesMs], 'Array(Float64)');
  const waits = waitsOf(asked, context, cases);
  const groups = `(SELECT value, count() AS number, countIf(state = 'open') AS waiting,
      groupArrayIf(toFloat64(ms), state = 'arrived') AS arrivals,
      groupArrayIf((toFloat64(ms), state != 'arrived'), state != 'never') AS seen
    FROM ${waits} GROUP BY value)`;
  const folded = `(SELECT place > ${bind.number(groupsMax)} AS isOther, if(isOther, '', value) AS named,
      sum(number) AS cases, sum(waiting) AS open, groupArrayArray(arrivals) AS arrived_ms,
      arraySort(groupArrayArray(seen)) AS ends
    FROM ${listedFirst(groups, 'number')} GROUP BY isOther, named)`;
  const levels = Object.values(QUANTILES).join(', ');
  const rows = await cases.query(
    `SELECT isOther, named AS value, cases, length(arrived_ms) AS arrived, open,
       if(arrived = 0, NULL, arrayAvg(arrived_ms)) AS meanMs,
       if(arrived = 0, [], arrayReduce('quantilesExactInclusive(${levels})', arrived_ms)) AS quantiles,
       ${medianSurvival('ends')} AS medianMsWithOpen,
       arrayMap((low, high) -> arrayCount(ms -> ms >= low AND ms < high, arrived_ms), ${edges},
         arrayPushBack(arrayPopFront(${edges}), inf)) AS histogram
     FROM ${folded} ORDER BY isOther, cases DESC, value`,
    answerRow,
  );
  if (breakdown === undefined) return [groupOf(asked, rows[0] ?? NOTHING)];
  return rows.map((row) => groupOf(asked, row));
}

const NOTHING: AnswerRow = {
  ...{ isOther: false, value: '', cases: 0, arrived: 0, open: 0, meanMs: null, medianMsWithOpen: null },
  ...{ quantiles: [], histogram: [] },
};

function groupOf({ breakdown, edgesMs }: DurationsAsked, row: AnswerRow): DurationGroup {
  const { isOther, value, cases, arrived, open, meanMs, medianMsWithOpen, quantiles, histogram } = row;
  const names = Object.keys(QUANTILES) as (keyof typeof QUANTILES)[];
  return {
    value: breakdown === undefined ? null : isOther ? OTHER : shownName(value),
    ...{ cases, arrived, open, never: cases - arrived - open, meanMs, medianMsWithOpen },
    quantilesMs: Object.fromEntries(
      names.map((name, at) => [name, quantiles[at] ?? null]),
    ) as DurationGroup['quantilesMs'],
    histogram:
      edgesMs === undefined
        ? null
        : [0, ...edgesMs].map((fromMs, at) => ({ fromMs, toMs: edgesMs[at] ?? null, cases: histogram[at] ?? 0 })),
  };
}

export interface DurationsJourneysAsked extends DurationsAsked, PageAsked {
  readonly state: 'arrived' | 'open' | 'never';
  /** Bounds of the duration of those that arrived, ms. */
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  readonly value?: string | undefined;
}

/** The journeys behind a figure of the durations. */
export async function durationsJourneys(
  asked: DurationsJourneysAsked,
  context: QuestionContext,
): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const { bind } = cases;
  const { state, minMs, maxMs } = asked;
  const waits = waitsOf(asked, context, cases);
  const wanted = [`state = '${state}'`, inGroup(asked, `(SELECT value, 1 AS number FROM ${waits})`, bind)];
  if (minMs !== undefined) wanted.push(`ms >= ${bind.number(minMs)}`);
  if (maxMs !== undefined) wanted.push(`ms < ${bind.number(maxMs)}`);
  const found = `(SELECT customer_id, journey_id FROM ${waits} WHERE ${wanted.join(' AND ')})`;
  return journeysBehind(cases, found, asked);
}

/**
 * SQL of each case that has the first step: `value` of its group, its `state` and how long it took
 * or waits, in `ms`.
 */
function waitsOf(asked: DurationsAsked, { now }: QuestionContext, { bind, table }: Cases): string {
  const [from, to] = [matches(asked.from, bind), matches(asked.to, bind)];
  const { ofStep, ofJourney } = breakdownOf(asked.breakdown);
  const mask = `toUInt8(if(${from}, 1, 0) + if(${to}, 2, 0))`;
  const source = table({
    steps: { mask, ...(ofStep === undefined ? {} : { place_of_step: ofStep }) },
    only: `${mask} != 0`,
    value: ofJourney,
  });
  const value = ofStep !== undefined ? 'place_of_step[begins]' : ofJourney !== undefined ? 'value' : "''";
  return `(SELECT customer_id, journey_id, ${value} AS value,
      multiIf(ends != 0, 'arrived', is_open, 'open', 'never') AS state,
      if(ends != 0, at[ends], toInt64(${bind.number(now)})) - at[begins] AS ms
    FROM (SELECT *, arrayFirstIndex(m -> bitTest(m, 0), mask) AS begins,
        arrayFirstIndex((m, i) -> bitTest(m, 1) AND i > begins, mask, arrayEnumerate(mask)) AS ends
      FROM ${source})
    WHERE begins > 0)`;
}
