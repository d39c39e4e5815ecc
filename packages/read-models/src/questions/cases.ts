import type { Breakdown, DeviationKind, Matcher, Where } from '@touchstone/api';
import type { z } from 'zod';
import type { ClickHouse, Parameters } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { conditions } from '../queries/conditions.ts';
import { type Binder, binder } from './bind-values.ts';
import { latestAttribute, pastJourneys } from './past-journeys.ts';
import { addJourneyFilters, IS_MOMENT } from './select-journeys.ts';

/** The selection and the clocks of a question; times in ms since 1970. */
export interface CasesAsked {
  readonly where: Where;
  readonly asOf?: number | undefined;
  readonly knownAt?: number | undefined;
}

/** The parts of a definition that questions need. */
export interface DefinitionAsked {
  readonly steps?: readonly string[] | undefined;
  readonly completesOn?: readonly string[] | undefined;
  readonly abandonAfterDays?: number | undefined;
  readonly allow?: readonly { readonly kind: DeviationKind; readonly touchpoint: string }[] | undefined;
}

/** Where and when a question is asked. */
export interface QuestionContext {
  readonly clickhouse: ClickHouse;
  readonly generation: number;
  /** The least of the product's now, `asOf` and `knownAt`, ms since 1970. */
  readonly now: number;
  readonly definitions: ReadonlyMap<string, DefinitionAsked>;
}

/** Columns of the case table that a question needs beyond those that it always has. */
export interface CaseColumns {
  /** Arrays over the steps of a case, by name: SQL over a row of `moments`. */
  readonly steps: Readonly<Record<string, string>>;
  /** Steps for which this does not hold are left out, and cases without any left. */
  readonly only?: string;
  /** Column `value`: of the journey, or of its customer. */
  readonly value?: 'type' | 'stage' | `attribute.${string}` | undefined;
}

/** The case table of one question, from which all its statements read. */
export interface Cases {
  readonly bind: Binder;
  readonly isPast: boolean;
  /**
   * SQL of the case table: `customer_id`, `journey_id`, `type`, `is_open`, `score`, `failures`,
   * `value`; `at` (ms) and the columns of the steps are arrays in the order of (time, position).
   */
  table(columns: CaseColumns): string;
  /**
   * SQL of the rows of `moments` that the cases are grouped from, maybe with some of journeys
   * beyond the selection; null where the past is asked, which has no such rows.
   */
  moments(): string | null;
  /** SQL of the journeys of the selection, with the columns of the table `journeys`. */
  journeys(): string;
  query<Row>(sql: string, row: z.ZodType<Row>, more?: Parameters): Promise<Row[]>;
  /** The parameters that the SQL above is bound with. */
  params(): Parameters;
}

/** The parts of a step that matchers and breakdowns know, with their columns. */
const STEP_COLUMNS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  outcome: 'outcome',
  team: 'actor_team',
  site: 'actor_site',
} as const;

export function casesOf(asked: CasesAsked, context: QuestionContext): Cases {
  const bind = binder();
  const { clickhouse, generation } = context;
  const isPast = asked.asOf !== undefined || asked.knownAt !== undefined;
  let params: Parameters = { database: databaseOf(generation) };
  const keep = (more: Parameters) => {
    params = { ...params, ...more };
  };
  return {
    bind,
    isPast,
    table: (columns) =>
      isPast ? pastTable(asked, context, bind, keep, columns) : presentTable(asked, context, bind, keep, columns),
    moments: () => (isPast ? null : `{database:Identifier}.moments ${momentsOf(asked, context, keep)}`),
    journeys: () => {
      if (isPast) {
        const past = pastJourneys(asked, context, bind);
        keep(past.params());
        return past.sql;
      }
      const wanted = conditions();
      addJourneyFilters(wanted, asked.where, context.now);
      keep(wanted.params());
      return `(SELECT * FROM {database:Identifier}.journeys FINAL ${wanted.where()})`;
    },
    params: () => ({ ...params, ...bind.params() }),
    query: (sql, row, more = {}) => clickhouse.query(sql, { ...params, ...bind.params(), ...more }, row),
  };
}

type Keep = (more: Parameters) => void;

const SORTED = 'sorted';

/** SQL of the sorted steps of a group of moments. */
function sortedSteps({ steps, only }: CaseColumns, condition?: string): string {
  const tuple = `(${[milliseconds('time'), 'position', ...Object.values(steps)].join(', ')})`;
  const kept = [condition, only].filter((each) => each !== undefined);
  const gathered = kept.length === 0 ? `groupArray(${tuple})` : `groupArrayIf(${tuple}, ${kept.join(' AND ')})`;
  return `arraySort(${gathered})`;
}

/** SQL that takes the sorted steps apart again. */
const arraysOf = ({ steps }: CaseColumns) =>
  ['at', ...Object.keys(steps)].map((name, at) => `${SORTED}.${at === 0 ? 1 : at + 2} AS ${name}`).join(', ');

/** The columns that every case table has, from those of journeys. */
const FROM_JOURNEYS = "toString(type) AS type, status = 'open' AS is_open, score, failures";

/** SQL of the WHERE of the selected journeys, over rows of `journeys FINAL`. */
function selectedWhere({ where }: CasesAsked, { now }: QuestionContext, keep: Keep): string {
  const selected = conditions();
  addJourneyFilters(selected, where, now);
  keep(selected.params());
  return selected.where();
}

/** SQL of the WHERE of their steps, over rows of `moments`. */
function momentsOf(asked: CasesAsked, context: QuestionContext, keep: Keep, only?: string): string {
  const { where } = asked;
  const rows = conditions();
  rows.add(IS_MOMENT, {});
  rows.add("journey_id != ''", {});
  if (only !== undefined) rows.add(only, {});
  rows.add('customer_id = {customerId:String}', { customerId: where.customerId });
  rows.add('journey_type = {type:String}', { type: where.type });
  // No event of a journey lies before its beginning.
  rows.add(`time >= ${timeParameter('from')}`, { from: where.from });
  const { type: _, ...others } = where;
  if (Object.values(others).some((filter) => filter !== undefined)) {
    rows.add(
      `(customer_id, journey_id) IN (SELECT customer_id, journey_id FROM {database:Identifier}.journeys FINAL ${selectedWhere(asked, context, keep)})`,
      {},
    );
  }
  keep(rows.params());
  return rows.where();
}

function presentTable(
  asked: CasesAsked,
  context: QuestionContext,
  bind: Binder,
  keep: Keep,
  columns: CaseColumns,
): string {
  const selected = selectedWhere(asked, context, keep);
  const value = columns.value === undefined ? '' : `, ${presentValue(columns.value, bind)} AS value`;
  return `(SELECT customer_id, journey_id, type, is_open, score, failures${value === '' ? '' : ', value'}, ${arraysOf(columns)}
    FROM (SELECT customer_id, journey_id, ${sortedSteps({ steps: columns.steps })} AS ${SORTED}
      FROM {database:Identifier}.moments ${momentsOf(asked, context, keep, columns.only)} GROUP BY customer_id, journey_id) AS cases
    INNER JOIN (SELECT customer_id, journey_id, ${FROM_JOURNEYS}${value}
      FROM ${columns.value === 'stage' ? withStages(selected) : `{database:Identifier}.journeys FINAL ${selected}`}) AS journeys
    USING (customer_id, journey_id))`;
}

const withStages = (where: string) =>
  `(SELECT * FROM {database:Identifier}.journeys FINAL ${where}) AS selected
   LEFT ANY JOIN (SELECT customer_id, toString(stage) AS stage FROM {database:Identifier}.customers FINAL) AS customers USING (customer_id)`;

function presentValue(value: NonNullable<CaseColumns['value']>, bind: Binder): string {
  if (value === 'type') return 'type';
  if (value === 'stage') return 'stage';
  return `attributes[${bind.text(value.slice('attribute.'.length))}]`;
}

function pastTable(
  asked: CasesAsked,
  context: QuestionContext,
  bind: Binder,
  keep: Keep,
  columns: CaseColumns,
): string {
  const { value } = columns;
  const attribute = value?.startsWith('attribute.') ? bind.text(value.slice('attribute.'.length)) : undefined;
  const past = pastJourneys(asked, context, bind, {
    [SORTED]: sortedSteps(columns, IS_MOMENT),
    ...(attribute === undefined ? {} : { past_value: latestAttribute(attribute) }),
  });
  keep(past.params());
  const shownValue =
    value === undefined ? '' : `, ${attribute === undefined ? 'toString(type)' : 'past_value'} AS value`;
  return `(SELECT customer_id, journey_id, ${FROM_JOURNEYS}${shownValue}, ${arraysOf(columns)}
    FROM ${past.sql} WHERE notEmpty(${SORTED}))`;
}

/** SQL that tells whether a row of `moments` matches. */
export function matches(matcher: Matcher, bind: Binder): string {
  const named = Object.entries(STEP_COLUMNS).flatMap(([part, column]) => {
    const wanted = matcher[part as keyof typeof STEP_COLUMNS];
    return wanted === undefined ? [] : [`${column} = ${bind.text(wanted)}`];
  });
  const attributes = Object.entries(matcher.attributes ?? {}).map(([name, value]) => {
    const key = bind.text(name);
    return `(mapContains(attributes, ${key}) AND attributes[${key}] = ${bind.text(value)})`;
  });
  return `(${[...named, ...attributes].join(' AND ')})`;
}

/** How a breakdown is read: from the first step, or from the journey. */
export function breakdownOf(breakdown: Breakdown | undefined): {
  readonly ofStep: string | undefined;
  readonly ofJourney: CaseColumns['value'];
} {
  if (breakdown === 'channel' || breakdown === 'team' || breakdown === 'site') {
    return { ofStep: `toString(${STEP_COLUMNS[breakdown]})`, ofJourney: undefined };
  }
  return { ofStep: undefined, ofJourney: breakdown };
}
