import type { Asked, Dimension, endpoints, Told } from '@touchstone/api';
import { type dimensions, HOUR_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import {
  type Buckets,
  begins,
  boundBegins,
  bucketBegin,
  bucketsOf,
  type Span,
  spanOfBuckets,
} from '../figures/buckets.ts';
import { rateOf as wilson } from '../figures/rate.ts';
import { databaseOf } from '../generations/generations.ts';
import { ReadModelError } from '../read-model-error.ts';
import { type Conditions, conditions } from './conditions.ts';
import { nameShownAs, OTHER, shownName } from './others.ts';

/** Dimensions for splitting rates, besides `attribute.<name>`, with their columns. */
const DIMENSIONS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  journeyType: 'journey_type',
  source: 'source',
  cause: 'cause',
  actorTeam: 'actor_team',
  actorSite: 'actor_site',
} as const satisfies Record<(typeof dimensions)[number], string>;

/** Parameters of the query: times in ms since 1970, names in the form that answers show. */
export interface RatesAsked extends Asked<typeof endpoints.getFailureRates> {
  /** Greatest number of rows in the answer. */
  readonly rowsMax?: number;
  /** The least of the product's now, `asOf` and `knownAt`, ms; tells which bucket is open. */
  readonly now?: number;
}
const ROWS_MAX = 10_000;
const BY: readonly Dimension[] = ['touchpoint', 'channel'];

export type FailureRates = Told<typeof endpoints.getFailureRates>;
export type FailureRate = FailureRates['rows'][number];

interface Params extends RatesAsked {
  readonly by: readonly Dimension[];
  readonly buckets: Buckets | undefined;
}

const answerRow = z.object({
  dimensions: z.array(z.string()),
  bucket: instant.nullable(),
  moments: count,
  failures: count,
});

/** Dimensions, besides the hour, by which the projection `by_hour` counts moments. */
const COUNTED: readonly string[] = ['touchpoint', 'channel', 'journeyType'] satisfies (keyof typeof DIMENSIONS)[];

const isWholeHours = (ms: number) => ms % HOUR_MS === 0;

/**
 * The projection's own expression: a query with whole hours is answered from its counts only if it
 * uses exactly this text.
 */
const HOUR = `intDiv(${milliseconds('time')}, ${HOUR_MS})`;

/**
 * The counts are a few thousand rows, so a second thread raises the total cost by half without
 * making it faster.
 */
const ONE_THREAD = 'SETTINGS max_threads = 1';

/** Restricts moments to [from, to), in hours wherever a bound is a whole hour. */
function addWindow(wanted: Conditions, window: Span) {
  for (const [name, comparison] of [
    ['from', '>='],
    ['to', '<'],
  ] as const) {
    const at = window[name];
    if (at !== undefined && isWholeHours(at))
      wanted.add(`${HOUR} ${comparison} {${name}:Int64}`, { [name]: at / HOUR_MS });
    else wanted.add(`time ${comparison} ${timeParameter(name)}`, { [name]: at });
  }
}

/** SQL of the begin of a moment's bucket, ms. */
function bucketOf(buckets: Buckets | undefined): string {
  if (buckets === undefined) return 'NULL';
  const { lengthMs } = buckets;
  if (lengthMs === undefined) return bucketBegin(milliseconds('time'));
  if (isWholeHours(lengthMs)) return `intDiv(${HOUR}, ${lengthMs / HOUR_MS}) * ${lengthMs}`;
  return `intDiv(${milliseconds('time')}, ${lengthMs}) * ${lengthMs}`;
}

/** Filters on a moment's own fields, with their columns. */
const FILTERS = {
  type: 'journey_type',
  touchpoint: 'touchpoint',
  channel: 'channel',
  team: 'actor_team',
  site: 'actor_site',
} as const;
const FILTER_NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[];
const COUNTED_FILTERS: readonly string[] = ['type', 'touchpoint', 'channel'];

function addFilters(wanted: Conditions, params: Params): void {
  // Either form of a name that looks like one of our words.
  const is = (column: string, parameter: string, shown: string) =>
    wanted.add(`${column} = {${parameter}:String}`, { [parameter]: nameShownAs(shown) ?? shown });
  for (const filter of FILTER_NAMES) {
    const shown = params[filter];
    if (shown !== undefined) is(FILTERS[filter], filter, shown);
  }
  for (const [i, [name, value]] of Object.entries(params.attributes ?? {}).entries()) {
    wanted.add(`mapContains(attributes, {filtered${i}:String})`, { [`filtered${i}`]: name });
    is(`attributes[{filtered${i}:String}]`, `filteredValue${i}`, value);
  }
}

/**
 * Failure rate per combination of `by` that has moments, and per bucket, ordered by both. If there
 * are more combinations than an answer holds, those with most moments are listed (ties: the first
 * ones), followed by the others as one.
 * @throws ReadModelError `too-much` if there are more buckets than `rowsMax`: no answer is cut in
 * silence.
 */
export async function failureRates(
  clickhouse: ClickHouse,
  generation: number,
  asked: RatesAsked,
): Promise<FailureRates> {
  const by = asked.by ?? BY;
  const buckets = asked.bucket === undefined ? undefined : bucketsOf(asked.bucket, asked.timeZone);
  const params = { ...asked, by, buckets, ...spanOfBuckets(asked, buckets) };
  const database = databaseOf(generation);
  const span = await spanOf(clickhouse, params, database);
  if (span === null) return { from: params.from ?? null, to: params.to ?? null, rows: [] };
  const counting = countingOf(params, database, span);
  const { rowsMax = ROWS_MAX, groupsMax } = params;
  const rows = await clickhouse.query(counting.all, { ...counting.bound, rowsMax: rowsMax + 1 }, answerRow);
  const starts = startsOf(params, span, rows);
  const perGroup = starts === undefined ? 1 : starts.length;
  const groups = new Set(rows.map(({ dimensions }) => JSON.stringify(dimensions))).size;
  if (rows.length <= rowsMax && groups * perGroup <= rowsMax && groups <= (groupsMax ?? groups)) {
    return answered(params, starts, filled(params, starts, rows), (name) => name);
  }
  const [{ buckets: found }] = (await clickhouse.query(counting.buckets, counting.bound, bucketsRow)) as [
    { buckets: number },
  ];
  const most = starts === undefined ? found : Math.max(found, starts.length);
  if (most > rowsMax || (by.length === 0 && rows.length > rowsMax)) {
    throw new ReadModelError(
      'too-much',
      `The answer has more than ${rowsMax} rows: ask for a shorter window or longer buckets.`,
    );
  }
  const room = Math.max(0, Math.floor(rowsMax / most) - 1);
  const bound = { ...counting.bound, groupsMax: Math.min(groupsMax ?? room, room) };
  const [listed, others] = await Promise.all([
    clickhouse.query(counting.most, bound, answerRow),
    clickhouse.query(counting.others, bound, answerRow),
  ]);
  const all = startsOf(params, span, [...listed, ...others]);
  const shown = answered(params, all, filled(params, all, listed), shownName);
  const together = others.map((row) => ({ ...row, dimensions: by.map(() => OTHER) }));
  return {
    ...shown,
    rows: [...shown.rows, ...answered(params, all, filled(params, all, together), (name) => name).rows],
  };
}

const spanRow = z.object({ from: instant, to: instant, moments: count });

/** The span of a calendar's buckets, whose begins the query needs; null where nothing is in it. */
async function spanOf(clickhouse: ClickHouse, params: Params, database: string): Promise<Span | null> {
  const { from, to, buckets } = params;
  if (buckets === undefined || buckets.lengthMs !== undefined) return { from, to };
  if (from !== undefined && to !== undefined) return { from, to };
  const wanted = wantedMoments(params);
  const [row] = await clickhouse.query(
    `SELECT ${milliseconds('min(time)')} AS from, ${milliseconds('max(time)')} AS to, count() AS moments
     FROM {database:Identifier}.moments ${wanted.where()}`,
    { ...wanted.params(), database },
    spanRow,
  );
  if (row === undefined || row.moments === 0) return null;
  return { from: from ?? row.from, to: to ?? row.to + 1 };
}

/** Begins of all buckets of the answer; undefined without buckets. */
function startsOf({ buckets }: Params, span: Span, rows: readonly Row[]): readonly number[] | undefined {
  if (buckets === undefined) return undefined;
  let [least, greatest] = [Infinity, -Infinity];
  for (const { bucket } of rows) {
    least = Math.min(least, bucket!);
    greatest = Math.max(greatest, bucket!);
  }
  const from = span.from ?? least;
  const to = span.to ?? greatest + 1;
  return Number.isFinite(from) && Number.isFinite(to) ? begins(buckets, from, to) : [];
}

type Row = z.output<typeof answerRow>;

const NO_MOMENTS: Row = { dimensions: [], bucket: null, moments: 0, failures: 0 };

/**
 * The rows, in their order, with one for each bucket of each group; without `by` one group is there
 * always.
 */
function filled({ by }: Params, starts: readonly number[] | undefined, rows: readonly Row[]): readonly Row[] {
  if (starts === undefined) return by.length > 0 || rows.length > 0 ? rows : [NO_MOMENTS];
  const groups = new Map<string, Map<number, Row>>();
  if (by.length === 0) groups.set('[]', new Map());
  for (const row of rows) {
    const key = JSON.stringify(row.dimensions);
    let group = groups.get(key);
    if (group === undefined) {
      group = new Map();
      groups.set(key, group);
    }
    group.set(row.bucket!, row);
  }
  return [...groups].flatMap(([key, group]) => {
    const dimensions = JSON.parse(key) as string[];
    return starts.map((bucket) => group.get(bucket) ?? { dimensions, bucket, moments: 0, failures: 0 });
  });
}

function answered(
  { by, buckets, from, to, now = Number.POSITIVE_INFINITY }: Params,
  starts: readonly number[] | undefined,
  rows: readonly Row[],
  shown: (name: string) => string,
): FailureRates {
  const told = rows.map((row) => {
    const rate = rateOf(by, row, shown) as FailureRate & { isOpen?: boolean };
    if (buckets !== undefined) rate.isOpen = buckets.next(row.bucket!) > now;
    return rate;
  });
  if (buckets === undefined || starts === undefined) return { rows: told };
  const last = starts.at(-1);
  return { from: starts[0] ?? from ?? null, to: last === undefined ? (to ?? null) : buckets.next(last), rows: told };
}

const bucketsRow = z.object({ buckets: count });

function wantedMoments(params: Params): Conditions {
  const wanted = conditions();
  wanted.add("type = 'touchstone.moment.recorded.v1'", {});
  addWindow(wanted, params);
  wanted.add(`time <= ${timeParameter('asOf')}`, { asOf: params.asOf });
  wanted.add(`recorded_at <= ${timeParameter('knownAt')}`, { knownAt: params.knownAt });
  addFilters(wanted, params);
  return wanted;
}

/** SQL of the queries, over moments counted by combination, bucket and outcome. */
function countingOf(params: Params, database: string, span: Span) {
  const wanted = wantedMoments(params);
  const names: Record<string, string> = {};
  const columns = params.by.map((by, i) => {
    if (!by.startsWith('attribute.')) return DIMENSIONS[by as keyof typeof DIMENSIONS];
    names[`attribute${i}`] = by.slice('attribute.'.length);
    return `attributes[{attribute${i}:String}]`;
  });
  const { buckets } = params;
  const isCalendar = buckets !== undefined && buckets.lengthMs === undefined;
  const isCounted =
    params.by.every((by) => COUNTED.includes(by)) &&
    params.attributes === undefined &&
    params.asOf === undefined &&
    params.knownAt === undefined &&
    !isCalendar &&
    FILTER_NAMES.every((filter) => params[filter] === undefined || COUNTED_FILTERS.includes(filter)) &&
    [params.from, params.to, buckets?.lengthMs].every((ms) => ms === undefined || isWholeHours(ms));
  const settings = isCounted ? ONE_THREAD : '';
  const dimensions = columns.map((_, i) => `dimension${i}`).join(', ');
  const groups = [...columns.map((_, i) => `dimension${i}`), 'bucket'].join(', ');
  // Counts by outcome first, like the projection does.
  const counted = `(SELECT ${columns.map((column, i) => `${column} AS dimension${i}, `).join('')}${bucketOf(buckets)} AS bucket, outcome, count() AS counted
           FROM {database:Identifier}.moments ${wanted.where()}
           GROUP BY ${groups}, outcome)`;
  const figures = "sum(counted) AS moments, sumIf(counted, outcome != 'succeeded') AS failures";
  const most = `(SELECT ${dimensions} FROM ${counted} GROUP BY ${dimensions} ORDER BY sum(counted) DESC, ${dimensions} LIMIT {groupsMax:UInt32})`;
  return {
    bound: {
      ...wanted.params(),
      ...names,
      database,
      ...(isCalendar ? boundBegins(begins(buckets, span.from!, span.to!)) : {}),
    },
    all: `SELECT [${dimensions}] AS dimensions, bucket, ${figures} FROM ${counted}
     GROUP BY ${groups} ORDER BY ${groups} LIMIT {rowsMax:UInt32} ${settings}`,
    buckets: `SELECT uniqExact(coalesce(bucket, 0)) AS buckets FROM ${counted} ${settings}`,
    most: `SELECT [${dimensions}] AS dimensions, bucket, ${figures} FROM ${counted}
     WHERE (${dimensions}) IN ${most} GROUP BY ${groups} ORDER BY ${groups} ${settings}`,
    others: `SELECT CAST([], 'Array(String)') AS dimensions, bucket, ${figures} FROM ${counted}
     WHERE (${dimensions}) NOT IN ${most} GROUP BY bucket ORDER BY bucket ${settings}`,
  };
}

/**
 * Copies field by field: with a spread, the thousands of rows of a month by hours cost three times
 * as much.
 */
function rateOf(
  by: Params['by'],
  { dimensions: values, bucket, moments, failures }: z.output<typeof answerRow>,
  shown: (name: string) => string,
): FailureRate {
  const answered: Record<string, string | number | null> = {};
  for (const [i, name] of by.entries()) answered[name] = shown(values[i]!);
  const { rate, low, high } = wilson(failures, moments);
  answered.bucket = bucket;
  answered.moments = moments;
  answered.failures = failures;
  answered.rate = rate;
  answered.low = low;
  answered.high = high;
  return answered as unknown as FailureRate;
}
