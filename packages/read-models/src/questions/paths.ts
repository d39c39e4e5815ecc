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
 * Numbers of nodes: labels have those from 1, and the others of the labels together the one after
 * the last.
 */
const START = 0;
const END = -1;
const OPEN = -2;
/** In place of an edge's end: a step that a run swallows, which is the node's alone. */
const NO_END = -3;

/** Links of cases that go from one number to another; each step has one link out of it. */
const answerRow = z.object({
  from: z.number(),
  to: z.number(),
  count,
  journeys: count,
  /** Journeys whose first link out of the node this is. */
  nodeJourneys: count,
  medianMs: z.number().nullable(),
  failures: count,
  scores: z.number().nullable(),
  scored: count,
});
type AnswerRow = z.output<typeof answerRow>;

/** Which labels follow which. */
export async function paths(asked: PathsAsked, context: QuestionContext): Promise<Paths> {
  const cases = casesOf(asked, context);
  const labels = await labelsShown(asked, cases);
  const rows = await cases.query(
    `SELECT link.1 AS from, link.2 AS to, count() AS count, sum(is_first) AS journeys, sum(is_first_of_node) AS nodeJourneys,
       quantileExactInclusiveIf(0.5)(link.3, from != ${START} AND to >= ${START}) AS medianMs,
       sum(link.4) AS failures, sum(link.5) AS scores, count(link.5) AS scored
     FROM ${linksOf(asked, cases, labels)}
     ARRAY JOIN links AS link,
       arrayMap(n -> n = 1, arrayEnumerateUniq(links.1, links.2)) AS is_first,
       arrayMap(n -> n = 1, arrayEnumerateUniq(links.1)) AS is_first_of_node
     GROUP BY from, to`,
    answerRow,
  );
  return answered(rows, labels);
}

function answered(rows: readonly AnswerRow[], labels: readonly string[]): Paths {
  const others = labels.length + 1;
  const names = new Map<number, string>([
    [START, '(start)'],
    [END, '(end)'],
    [OPEN, '(open)'],
    ...labels.map((label, at) => [at + 1, shownName(label)] as const),
    [others, OTHER],
  ]);
  const edges = rows
    .filter(({ to }) => to !== NO_END)
    .map(({ from, to, count, journeys, medianMs }) => {
      return { from: names.get(from)!, to: names.get(to)!, count, journeys, medianMs };
    });
  const nodes = [...new Set(rows.map(({ from }) => from))]
    .filter((number) => number !== START)
    .map((number) => ({
      number,
      node: nodeOf(
        names.get(number)!,
        rows.filter(({ from }) => from === number),
      ),
    }))
    .sort(
      (a, b) =>
        Number(a.number === others) - Number(b.number === others) ||
        b.node.journeys - a.node.journeys ||
        a.number - b.number,
    );
  return {
    cases: rows.reduce((sum, { from, count }) => sum + (from === START ? count : 0), 0),
    nodes: nodes.map(({ node }) => node),
    edges: edges.sort((a, b) => b.count - a.count || byBytes(a.from, b.from) || byBytes(a.to, b.to)),
  };
}

/** A node, from the links out of it. */
function nodeOf(label: string, links: readonly AnswerRow[]): PathNode {
  const sumOf = (value: (link: AnswerRow) => number) => links.reduce((sum, link) => sum + value(link), 0);
  const scored = sumOf((link) => link.scored);
  return {
    label,
    count: sumOf(({ to, count }) => (to === NO_END ? 0 : count)),
    journeys: sumOf(({ nodeJourneys }) => nodeJourneys),
    failures: sumOf(({ failures }) => failures),
    meanScore: scored === 0 ? null : sumOf(({ scores }) => scores ?? 0) / scored,
  };
}

const labelRow = z.object({ label: z.string() });

/**
 * The labels that the answer shows by their names: those of most cases, or all where they are few.
 * To rank them takes as long as to count the edges.
 */
async function labelsShown(asked: PathsAsked, cases: Cases): Promise<readonly string[]> {
  const moments = cases.moments();
  if (moments === null) return labelsOfMostCases(asked, cases);
  const { activity, nodesMax } = asked;
  const rows = await cases.query(
    `SELECT DISTINCT ${labelOf(activity)} AS label FROM ${moments} LIMIT {enough:UInt32}`,
    labelRow,
    { enough: nodesMax + 1 },
  );
  if (rows.length > nodesMax) return labelsOfMostCases(asked, cases);
  return rows.map(({ label }) => label).sort(byBytes);
}

async function labelsOfMostCases({ activity, nodesMax }: PathsAsked, cases: Cases): Promise<readonly string[]> {
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
 * SQL of each case's `links`: (from, to, ms between, 1 for a failure of the step that it goes out
 * of, the step's score). A step that a run swallows gives its failure and score to the run's node.
 */
function linksOf({ activity, collapse }: PathsAsked, { bind, table }: Cases, labels: readonly string[]): string {
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
  const starts = (array: string) => (collapse ? `arrayFilter((each, is_start) -> is_start, ${array}, starts)` : array);
  const swallowed = `arrayMap((n, f, s) -> (n, toInt32(${NO_END}), toInt64(0), f, s),
      ${['number_of', 'is_failed', 'scored'].map((array) => `arrayFilter((each, is_start) -> NOT is_start, ${array}, starts)`).join(', ')})`;
  const links = `arrayMap((a, b, ms, f, s) -> (a, b, ms, f, s),
      arrayPushFront(numbers, toInt32(${START})),
      arrayPushBack(numbers, if(is_open, toInt32(${OPEN}), toInt32(${END}))),
      arrayPushBack(arrayPushFront(arrayPopFront(arrayDifference(times)), 0), 0),
      arrayPushFront(${starts('is_failed')}, toUInt8(0)),
      arrayPushFront(${starts('scored')}, CAST(NULL, 'Nullable(Float64)')))`;
  return `(SELECT customer_id, journey_id, ${collapse ? `arrayConcat(${links}, ${swallowed})` : links} AS links
    FROM (SELECT *, ${collapse ? `${runStarts('labels')} AS starts, ` : ''}${starts('number_of')} AS numbers, ${starts('at')} AS times FROM ${source}))`;
}

export interface PathsJourneysAsked extends PathsAsked, PageAsked {
  /** Labels as the answer shows them. */
  readonly node?: string | undefined;
  readonly edge?: { readonly from: string; readonly to: string } | undefined;
}

/** The journeys behind a node or an edge. */
export async function pathsJourneys(asked: PathsJourneysAsked, context: QuestionContext): Promise<Page<JourneyBehind>> {
  const cases = casesOf(asked, context);
  const labels = await labelsShown(asked, cases);
  const { node, edge } = asked;
  const from = numberOf(edge?.from ?? node!, labels);
  const to = edge === undefined ? undefined : numberOf(edge.to, labels);
  // Begin and ends of cases are no nodes.
  const isNone = from === undefined || (edge === undefined ? from <= START : to === undefined);
  const found = isNone
    ? null
    : `(SELECT customer_id, journey_id FROM ${linksOf(asked, cases, labels)}
       WHERE arrayExists(link -> link.1 = ${from}${to === undefined ? '' : ` AND link.2 = ${to}`}, links))`;
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
