import type { EventMeasure, IndexMeasure, LeafWhere } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../../engine/answer-fields.ts';
import type { Parameters } from '../../engine/clickhouse.ts';
import { Z } from '../../figures/rate.ts';
import { conditions } from '../../queries/conditions.ts';
import { type Cases, casesOf, type QuestionContext } from '../cases.ts';
import { IS_PURCHASE } from '../loyalty/purchases.ts';
import { addAttributeFilters, IS_MOMENT } from '../select-journeys.ts';
import { COULD_BE_ANSWERED, IS_ANSWERED_WITHIN, IS_RESOLVED } from '../service/complaints.ts';
import type { Counted } from '../split-rows.ts';
import { conforming } from '../variants.ts';

/** A leaf of an index, and a measure of a benchmark: what is counted, and how it becomes 0..100. */
export interface Leaf {
  readonly measure: IndexMeasure;
  /** How soon a complaint should be answered, ms. */
  readonly within: number;
  readonly where: LeafWhere;
}

/** A value 0..100 with the variance of its mean; no value for fewer than two. */
export interface Figure {
  readonly n: number;
  readonly value: number | null;
  readonly variance: number;
}

/** Names by which answers with measures are split. */
export type MeasureSplit = 'type' | 'channel' | 'team' | 'site' | `attribute.${string}`;

/** How the rows of a table are read: as a mean of values, as a share, or as promoters. */
type Reading =
  | { readonly kind: 'mean'; readonly only: string; readonly value: string }
  | { readonly kind: 'rate'; readonly only: string; readonly k: string }
  | { readonly kind: 'nps'; readonly only: string }
  | { readonly kind: 'repeat'; readonly only: string };

type Source = 'journeys' | 'conformance' | 'moments' | 'promises' | 'complaints';

const feedback = (instrument: string) => `type = 'touchstone.feedback.given.v1' AND instrument = '${instrument}'`;
/** From 1..5 to 0..100. */
const up = (rating: string) => `25 * (assumeNotNull(${rating}) - 1)`;
/** The most effort is worst. */
const down = (rating: string) => `25 * (5 - assumeNotNull(${rating}))`;
const mean = (only: string, value: string): Reading => ({ kind: 'mean', only, value });
const rate = (only: string, k: string): Reading => ({ kind: 'rate', only, k });
const rating = (dimension: string): readonly [Source, Reading] => [
  'moments',
  mean(`${IS_MOMENT} AND ${dimension} IS NOT NULL`, up(dimension)),
];

const measures: Readonly<Record<IndexMeasure, readonly [Source, Reading]>> = {
  'journey-score': ['journeys', mean('score IS NOT NULL', 'assumeNotNull(score)')],
  'moment-score': ['moments', mean(`${IS_MOMENT} AND score IS NOT NULL`, 'assumeNotNull(score)')],
  csat: ['moments', mean(feedback('csat'), up('feedback_score'))],
  ces: ['moments', mean(feedback('ces'), down('feedback_score'))],
  nps: ['moments', { kind: 'nps', only: feedback('nps') }],
  perception: ['moments', mean(`${IS_MOMENT} AND perception_given IS NOT NULL`, up('perception_given'))],
  expectation: ['moments', mean('expectation_given IS NOT NULL', up('expectation_given'))],
  effort: ['moments', mean(`${IS_MOMENT} AND effort IS NOT NULL`, down('effort'))],
  'rating.reliability': rating('reliability'),
  'rating.assurance': rating('assurance'),
  'rating.tangibles': rating('tangibles'),
  'rating.empathy': rating('empathy'),
  'rating.responsiveness': rating('responsiveness'),
  success: ['moments', rate(IS_MOMENT, "outcome = 'succeeded'")],
  'promise-keeping': ['promises', rate("state IN ('kept', 'kept-late', 'broken')", "state = 'kept'")],
  'first-contact': ['complaints', rate(`${IS_RESOLVED} AND first_contact IS NOT NULL`, 'ifNull(first_contact, false)')],
  'answered-within': ['complaints', rate(COULD_BE_ANSWERED, IS_ANSWERED_WITHIN)],
  'followed-up': ['complaints', rate(IS_RESOLVED, 'followed_up_at IS NOT NULL')],
  conformance: ['conformance', rate('true', 'conforms')],
  'repeat-purchase': ['moments', { kind: 'repeat', only: IS_PURCHASE }],
};

/** SQL of the rows of `moments` that a measure counts. */
export const countsEvent = (measure: EventMeasure): string => `(${measures[measure][1].only})`;

/** Columns of a table by the words of questions. */
const EVENT_COLUMNS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  type: 'journey_type',
  team: 'actor_team',
  site: 'actor_site',
};

const figures = z.object({
  n: count,
  mean: z.number().nullable(),
  variance: z.number().nullable(),
  k: count,
  detractors: count,
});
export type LeafFigures = z.output<typeof figures>;

/**
 * Returns what a leaf counts, split by a value of each row where `split` is given; a journey that
 * several teams served is in the group of each.
 */
export function countedOf(leaf: Leaf, split: MeasureSplit | undefined, context: QuestionContext): Counted<LeafFigures> {
  const [source, reading] = measures[leaf.measure];
  const { table, time, value, params } = rowsOf(source, leaf, split, context);
  const wanted = conditions();
  if (reading.only !== 'true') wanted.add(`(${reading.only})`, {});
  return {
    ...{ table, time, wanted, by: value === undefined ? [] : [value] },
    ...{ figures: figuresOf(reading), row: figures, params: { ...params, within: leaf.within } },
  };
}

/** How often each customer bought. */
const TIMES = 'sumMap([customer_id], [toUInt32(1)])';

/** Select list of the figures. */
function figuresOf(reading: Reading): string {
  const select = (n: string, mean: string, variance: string, k: string, detractors: string) =>
    `${n} AS n, ${mean} AS mean, ${variance} AS variance, ${k} AS k, ${detractors} AS detractors`;
  switch (reading.kind) {
    case 'mean':
      return select('count()', `avg(${reading.value})`, `varSampStable(${reading.value})`, '0', '0');
    case 'rate':
      return select('count()', 'NULL', 'NULL', `countIf(${reading.k})`, '0');
    case 'nps':
      return select('count()', 'NULL', 'NULL', 'countIf(feedback_score >= 9)', 'countIf(feedback_score <= 6)');
    case 'repeat':
      return select(`length(${TIMES}.1)`, 'NULL', 'NULL', `arrayCount(times -> times >= 2, ${TIMES}.2)`, '0');
  }
}

interface SourceRows {
  readonly table: string;
  readonly time: string;
  readonly value: string | undefined;
  readonly params: Parameters;
}

function rowsOf(
  source: Source,
  { where }: Leaf,
  split: MeasureSplit | undefined,
  context: QuestionContext,
): SourceRows {
  const cases = casesOf({ where }, context);
  const attribute = split?.startsWith('attribute.')
    ? `attributes[${cases.bind.text(split.slice('attribute.'.length))}]`
    : undefined;
  if (source === 'journeys' || source === 'conformance') {
    const table =
      source === 'journeys' ? `(SELECT * FROM ${cases.journeys()} WHERE moments > 0)` : judged(cases, context);
    if (split === undefined || attribute !== undefined || split === 'type') {
      return { table, time: 'started_at', value: attribute ?? split, params: cases.params() };
    }
    const column = EVENT_COLUMNS[split as 'channel' | 'team' | 'site'];
    const served = `(SELECT customer_id, journey_id, arrayJoin(groupUniqArray(toString(${column}))) AS served
      FROM {database:Identifier}.moments WHERE ${IS_MOMENT} AND journey_id != '' GROUP BY customer_id, journey_id)`;
    return {
      table: `(SELECT * FROM ${table} AS selected INNER JOIN ${served} AS steps USING (customer_id, journey_id))`,
      ...{ time: 'started_at', value: 'served', params: cases.params() },
    };
  }
  const filters = conditions();
  for (const [name, column] of Object.entries(EVENT_COLUMNS)) {
    filters.add(`${column} = {${name}:String}`, { [name]: where[name as keyof typeof EVENT_COLUMNS] });
  }
  addAttributeFilters(
    filters,
    where,
    (name) => `mapContains(attributes, ${name})`,
    (name) => `attributes[${name}]`,
  );
  const isRow = source === 'moments';
  return {
    table: `(SELECT * FROM {database:Identifier}.${isRow ? source : `${source} FINAL`} ${filters.where()})`,
    time: { moments: 'time', promises: 'due_at', complaints: 'raised_at' }[source],
    value: attribute ?? (split === undefined ? undefined : EVENT_COLUMNS[split as keyof typeof EVENT_COLUMNS]),
    params: { ...cases.params(), ...filters.params() },
  };
}

/** SQL of the cases that ended and whose type has steps, with whether they conform to these. */
function judged(cases: Cases, context: QuestionContext): string {
  const { conforms, hasSteps, place } = conforming(context.definitions, cases);
  const table = cases.table({ steps: { touchpoints: 'toString(touchpoint)', places: place } });
  return `(SELECT * FROM (SELECT customer_id, journey_id, ${conforms} AS conforms FROM ${table} WHERE NOT is_open AND ${hasSteps}) AS judged
    INNER JOIN (SELECT customer_id, journey_id, type, attributes, started_at FROM {database:Identifier}.journeys FINAL) AS journeys
    USING (customer_id, journey_id))`;
}

/** The value of a leaf from its figures. */
export function figureOf({ measure }: Leaf, { n, mean, variance, k, detractors }: LeafFigures): Figure {
  const { kind } = measures[measure][1];
  if (n < 2) return { n, value: null, variance: 0 };
  if (kind === 'mean') return { n, value: mean, variance: (variance ?? 0) / n };
  if (kind === 'nps') {
    const { value, variance } = adjustedNps(k, detractors, n);
    return { n, value: (value + 100) / 2, variance: variance / 4 };
  }
  const adjusted = (k + 2) / (n + 4);
  return { n, value: (100 * k) / n, variance: (100 ** 2 * adjusted * (1 - adjusted)) / (n + 4) };
}

/** Net promoter score of the adjusted counts, and its variance (Rocks 2016). */
function adjustedNps(promoters: number, detractors: number, n: number) {
  const [p, d] = [(promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)];
  return { value: 100 * (p - d), variance: (100 ** 2 * (p + d - (p - d) ** 2)) / (n + 3) };
}

/** The interval of a value on 0..100. */
export function intervalOf({ value, variance }: Pick<Figure, 'value' | 'variance'>) {
  if (value === null) return { low: null, high: null };
  const reach = Z * Math.sqrt(variance);
  return { low: Math.max(0, value - reach), high: Math.min(100, value + reach) };
}
