import type { Activity } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { byBytes } from '../figures/by-bytes.ts';
import type { Page } from '../queries/cursor.ts';
import { nameShownAs, OTHER, shownName } from '../queries/others.ts';
import { type Cases, type CasesAsked, casesOf, type QuestionContext } from './cases.ts';
import { type JourneyBehind, journeysBehind, type PageAsked } from './journeys-behind.ts';
import { labelOf, runStarts } from './labels.ts';

export interface PathsAsked extends CasesAsked {
  readonly activity: readonly Activity[];
  readonly collapse: boolean;
  readonly nodesMax: number;
}

export interface PathNode {
  readonly label: string;
  readonly count: number;
  readonly journeys: number;
  readonly failures: number;
  readonly meanScore: number | null;
}

export interface PathEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly journeys: number;
  readonly medianMs: number | null;
}

export interface Paths {
  readonly cases: number;
  readonly nodes: readonly PathNode[];
  readonly edges: readonly PathEdge[];
}

/**
 * Numbers of nodes: labels have those from 1, in their rank, and the others of the labels together
 * the one after the last.
 */
const START = 0;
const END = -1;
const OPEN = -2;
/** In place of an edge's end: the row is a node's. */
const NO_END = -3;

const answerRow = z.object({
  from: z.number(),
  to: z.number(),
  count,
  journeys: count,
  medianMs: z.number().nullable(),
  failures: count,
  meanScore: z.number().nullable(),
});
type AnswerRow = z.output<typeof answerRow>;

/** Which labels follow which. */
export async function paths(asked: PathsAsked, context: QuestionContext): Promise<Paths> {
  const cases = casesOf(asked, context);
  const labels = await rankedLabels(asked, cases);
  const rows = await cases.query(
    `SELECT link.1 AS from, link.2 AS to, sum(link.3) AS count, sum(is_first AND link.3) AS journeys,
       quantileExactInclusiveIf(0.5)(link.4, from != ${START} AND to >= ${START}) AS medianMs,
       sum(link.5) AS failures, avg(link.6) AS meanScore
     FROM ${sequencesOf(asked, cases, labels)}
     ARRAY JOIN arrayConcat(edges, nodes) AS link,
       arrayMap(n -> n = 1, arrayEnumerateUniq(arrayMap(each -> (each.1, each.2, each.3), arrayConcat(edges, nodes)))) AS is_first
     GROUP BY from, to`,
    answerRow,
  );
  return answered(rows, labels);
}

function answered(rows: readonly AnswerRow[], labels: readonly string[]): Paths {
  const names = new Map<number, string>([
    [START, '(start)'],
    [END, '(end)'],
    [OPEN, '(open)'],
    ...labels.map((label, at) => [at + 1, shownName(label)] as const),
    [labels.length + 1, OTHER],
  ]);
  const edges = rows
    .filter(({ to }) => to !== NO_END)
    .map(({ from, to, count, journeys, medianMs }) => {
      return { from: names.get(from)!, to: names.get(to)!, count, journeys, medianMs };
    });
  const nodes = rows
    .filter(({ to }) => to === NO_END)
    .sort((a, b) => a.from - b.from)
    .map(({ from, count, journeys, failures, meanScore }) => {
      return { label: names.get(from)!, count, journeys, failures, meanScore };
    });
  return {
    cases: rows.reduce((sum, { from, count }) => sum + (from === START ? count : 0), 0),
    nodes,
    edges: edges.sort((a, b) => b.count - a.count || byBytes(a.from, b.from) || byBytes(a.to, b.to)),
  };
}

const labelRow = z.object({ label: z.string() });

/** The labels of most cases, in their rank. */
async function rankedLabels({ activity, nodesMax }: PathsAsked, cases: Cases): Promise<readonly string[]> {
  const rows = await cases.query(
    `SELECT label FROM ${cases.table({ steps: { labels: labelOf(activity) } })}
     ARRAY JOIN arrayDistinct(labels) AS label
     GROUP BY label ORDER BY count() DESC, label LIMIT {nodesMax:UInt32}`,
    labelRow,
    { nodesMax },
  );
  return rows.map(({ label }) => label);
}

/**
 * SQL of each case's `edges` and `nodes`: (from, to, 1 if it counts, ms between, 1 for a failure,
 * score). A step that a run swallows gives its failure and score to the node, and does not count.
 */
function sequencesOf({ activity, collapse }: PathsAsked, { bind, table }: Cases, labels: readonly string[]): string {
  const known = bind.json(labels, 'Array(String)');
  const label = labelOf(activity);
  const others = labels.length + 1;
  const number =
    labels.length === 0
      ? `toInt32(${others})`
      : `transform(${label}, ${known}, arrayMap(i -> toInt32(i), range(1, ${others})), toInt32(${others}))`;
  const source = table({
    steps: {
      number_of: number,
      is_failed: "toUInt8(outcome != 'succeeded')",
      scored: 'score',
      ...(collapse ? { labels: label } : {}),
    },
  });
  const counts = collapse ? runStarts('labels') : 'arrayMap(n -> 1, number_of)';
  const kept = (array: string) =>
    collapse ? `arrayFilter((each, is_counted) -> is_counted, ${array}, counts)` : array;
  return `(SELECT customer_id, journey_id,
      arrayMap((n, c, f, s) -> (n, toInt32(${NO_END}), toUInt8(c), toInt64(0), f, s), number_of, counts, is_failed, scored) AS nodes,
      arrayMap((a, b, ms) -> (a, b, toUInt8(1), ms, toUInt8(0), CAST(NULL, 'Nullable(Float64)')),
        arrayPushFront(run_numbers, toInt32(${START})),
        arrayPushBack(run_numbers, if(is_open, toInt32(${OPEN}), toInt32(${END}))),
        arrayPushBack(arrayPushFront(arrayPopFront(arrayDifference(run_times)), 0), 0)) AS edges
    FROM (SELECT *, ${counts} AS counts, ${kept('number_of')} AS run_numbers, ${kept('at')} AS run_times FROM ${source}))`;
}

export interface PathsJourneysAsked extends PathsAsked, PageAsked {
  /** Labels as the answer shows them. */
  readonly node?: string | undefined;
  readonly edge?: { readonly from: string; readonly to: string } | undefined;
}

/** The journeys behind a node or an edge. */
export async function pathsJourneys(asked: PathsJourneysAsked, context: QuestionContext): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const labels = await rankedLabels(asked, cases);
  const { node, edge } = asked;
  const [from, to] =
    edge === undefined ? [numberOf(node!, labels), NO_END] : [numberOf(edge.from, labels), numberOf(edge.to, labels)];
  const isNone = from === undefined || to === undefined;
  const found = isNone
    ? null
    : `(SELECT customer_id, journey_id FROM ${sequencesOf(asked, cases, labels)}
       WHERE arrayExists(link -> link.1 = ${from} AND link.2 = ${to}, ${edge === undefined ? 'nodes' : 'edges'}))`;
  return journeysBehind(cases, found, asked);
}

const OURS: Readonly<Record<string, number>> = { '(start)': START, '(end)': END, '(open)': OPEN };

/** The number of a node by its label; undefined if the answer has none of that name. */
function numberOf(shown: string, labels: readonly string[]): number | undefined {
  const name = nameShownAs(shown);
  if (name === null) return shown === OTHER ? labels.length + 1 : OURS[shown];
  const at = labels.indexOf(name);
  return at === -1 ? undefined : at + 1;
}
