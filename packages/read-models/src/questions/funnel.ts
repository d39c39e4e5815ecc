import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { byBytes } from '../figures/by-bytes.ts';
import { type Rate, rateOf } from '../figures/rate.ts';
import type { Page } from '../queries/cursor.ts';
import { OTHER, shownName } from '../queries/others.ts';
import { casesOf, type QuestionContext } from './cases.ts';
import { inGroup, listedFirst } from './groups.ts';
import { type JourneyBehind, journeysBehind, type PageAsked } from './journeys-behind.ts';
import { type FunnelAsked, longestWays } from './longest-ways.ts';

export interface FunnelStep {
  readonly touchpoint: string;
  readonly journeys: number;
  readonly converted: number;
  readonly open: number;
  readonly dropped: number;
  readonly conversion: Rate | null;
  readonly share: number | null;
  readonly medianMsFromPrevious: number | null;
  readonly meanScore: number | null;
}

export interface FunnelGroup {
  readonly value: string | null;
  readonly steps: readonly FunnelStep[];
}

const answerRow = z.object({
  isOther: z.coerce.boolean(),
  value: z.string(),
  step: count,
  journeys: count,
  open: count,
  old: count,
  medianMs: z.number().nullable(),
  meanScore: z.number().nullable(),
});
type AnswerRow = z.output<typeof answerRow>;

/** How many cases reach each step, by group. */
export async function funnel(asked: FunnelAsked, context: QuestionContext): Promise<readonly FunnelGroup[]> {
  const cases = casesOf(asked, context);
  const { within, groupsMax } = asked;
  const isOld =
    within === undefined ? 'true' : `times[1] <= ${cases.bind.number(context.now)} - ${cases.bind.number(within)}`;
  // One row per case and step that it reached.
  const steps = `SELECT value, step, count() AS journeys, countIf(step = reached AND is_waiting) AS open,
      countIf(${isOld}) AS old,
      quantileExactInclusiveStateIf(0.5)(times[step] - times[step - 1], step > 1) AS median,
      sum(score) AS scores, count(score) AS scored
    FROM ${longestWays(asked, context, cases)} ARRAY JOIN range(1, reached + 1) AS step
    GROUP BY value, step`;
  const rows = await cases.query(
    `SELECT place > ${cases.bind.number(groupsMax)} AS isOther, if(isOther, '', value) AS value, step,
       sum(journeys) AS journeys, sum(open) AS open, sum(old) AS old,
       quantileExactInclusiveMerge(0.5)(median) AS medianMs, sum(scores) / nullIf(sum(scored), 0) AS meanScore
     FROM ${listedFirst(`(${steps})`, 'if(step = 1, journeys, 0)')}
     GROUP BY isOther, value, step`,
    answerRow,
  );
  return groupsOf(asked, rows);
}

/** The first alternative is that nothing was counted: without a breakdown one group always is. */
function groupsOf(asked: FunnelAsked, rows: readonly AnswerRow[]): FunnelGroup[] {
  const byGroup = new Map<string, AnswerRow[]>();
  for (const row of rows) {
    const key = row.isOther ? 'others' : `=${row.value}`;
    byGroup.set(key, [...(byGroup.get(key) ?? []), row]);
  }
  if (asked.breakdown === undefined) return [{ value: null, steps: stepsOf(asked, rows) }];
  const first = (group: readonly AnswerRow[]) => group.find(({ step }) => step === 1)!;
  return [...byGroup.values()]
    .sort((one, other) => {
      const [a, b] = [first(one), first(other)];
      return Number(a.isOther) - Number(b.isOther) || b.journeys - a.journeys || byBytes(a.value, b.value);
    })
    .map((group) => {
      const { isOther, value } = first(group);
      return { value: isOther ? OTHER : shownName(value), steps: stepsOf(asked, group) };
    });
}

function stepsOf({ steps, within }: FunnelAsked, rows: readonly AnswerRow[]): FunnelStep[] {
  const rowOf = (step: number) => rows.find((row) => row.step === step);
  const all = rowOf(1)?.journeys ?? 0;
  return steps.map(({ touchpoint }, at) => {
    const [row, next] = [rowOf(at + 1), rowOf(at + 2)];
    const isLast = at === steps.length - 1;
    const journeys = row?.journeys ?? 0;
    const open = row?.open ?? 0;
    const converted = isLast ? journeys : (next?.journeys ?? 0);
    const dropped = journeys - converted - open;
    const conversion =
      within === undefined ? rateOf(converted, converted + dropped) : rateOf(next?.old ?? 0, row?.old ?? 0);
    return {
      touchpoint,
      journeys,
      converted,
      open,
      dropped,
      conversion: isLast ? null : conversion,
      share: all === 0 ? null : journeys / all,
      medianMsFromPrevious: at === 0 ? null : (row?.medianMs ?? null),
      meanScore: row?.meanScore ?? null,
    };
  });
}

const CONDITIONS = {
  reached: (step: number) => `reached >= ${step}`,
  converted: (step: number, steps: number) => `reached >= ${Math.min(step + 1, steps)}`,
  open: (step: number) => `reached = ${step} AND is_waiting`,
  dropped: (step: number, steps: number) => `reached = ${step} AND ${step} < ${steps} AND NOT is_waiting`,
} as const;

export interface FunnelJourneysAsked extends FunnelAsked, PageAsked {
  readonly step: number;
  readonly state: keyof typeof CONDITIONS;
  readonly value?: string | undefined;
}

/** The journeys behind a figure of a funnel. */
export async function funnelJourneys(
  asked: FunnelJourneysAsked,
  context: QuestionContext,
): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const ways = longestWays(asked, context, cases);
  const isOfGroup = inGroup(asked, `(SELECT value, 1 AS number FROM ${ways})`, cases.bind);
  const isInState = CONDITIONS[asked.state](asked.step, asked.steps.length);
  const found = `(SELECT customer_id, journey_id FROM ${ways} WHERE ${isInState} AND ${isOfGroup})`;
  return journeysBehind(cases, found, asked);
}
