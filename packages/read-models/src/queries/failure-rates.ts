import type { Asked, Dimension, endpoints, Told } from '@touchstone/api';
import { bucketsMs, type dimensions, HOUR_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
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
}
const ROWS_MAX = 10_000;
const BY: readonly Dimension[] = ['touchpoint', 'channel'];

export type FailureRate = Told<typeof endpoints.getFailureRates>['rows'][number];

interface Params extends RatesAsked {
  readonly by: readonly Dimension[];
}

const answerRow = z.object({
  dimensions: z.array(z.string()),
  bucket: instant.nullable(),
  moments: count,
  failures: count,
});

const Z = 1.959964;
const ZZ = Z * Z;

/**
 * Wilson's interval, clamped to 0..1 against rounding. Computed here, because in SQL the analysis
 * of the formula costs as much as counting 100,000 moments.
 */
function wilson(failures: number, moments: number): Pick<FailureRate, 'rate' | 'low' | 'high'> {
  const rate = failures / moments;
  const centre = (rate + ZZ / (2 * moments)) / (1 + ZZ / moments);
  const reach = (Z / (1 + ZZ / moments)) * Math.sqrt((rate * (1 - rate)) / moments + ZZ / (4 * moments * moments));
  return { rate, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

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
function addWindow(
  wanted: Conditions,
  window: { readonly from?: number | undefined; readonly to?: number | undefined },
) {
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

function bucketOf(bucketMs: number | undefined): string {
  if (bucketMs === undefined) return 'NULL';
  if (isWholeHours(bucketMs)) return `intDiv(${HOUR}, ${bucketMs / HOUR_MS}) * ${bucketMs}`;
  return `intDiv(${milliseconds('time')}, ${bucketMs}) * ${bucketMs}`;
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
  const is = (column: string, parameter: string, shown: string) => {
    const name = nameShownAs(shown);
    wanted.add(
      name === null ? 'false' : `${column} = {${parameter}:String}`,
      name === null ? {} : { [parameter]: name },
    );
  };
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
 * Failure rate per combination of `by` and per bucket, ordered by both; combinations without
 * moments have no row. If there are more combinations than an answer holds, those with most moments
 * are listed (ties: the first ones), followed by the others as one.
 * @throws ReadModelError `invalid` if there are more buckets than `rowsMax`: no answer is truncated
 * silently.
 */
export async function failureRates(
  clickhouse: ClickHouse,
  generation: number,
  asked: RatesAsked,
): Promise<FailureRate[]> {
  const params = { ...asked, by: asked.by ?? BY };
  const counting = countingOf(params, databaseOf(generation));
  const { rowsMax = ROWS_MAX, groupsMax } = params;
  const rows = await clickhouse.query(counting.all, { ...counting.bound, rowsMax: rowsMax + 1 }, answerRow);
  const groups = new Set(rows.map(({ dimensions }) => JSON.stringify(dimensions))).size;
  if (rows.length <= rowsMax && groups <= (groupsMax ?? groups))
    return rows.map((row) => rateOf(params.by, row, shownName));
  const [{ buckets }] = (await clickhouse.query(counting.buckets, counting.bound, bucketsRow)) as [{ buckets: number }];
  if (buckets > rowsMax || (params.by.length === 0 && rows.length > rowsMax)) {
    throw new ReadModelError(
      'invalid',
      `The answer has more than ${rowsMax} rows: ask for a shorter window or longer buckets.`,
    );
  }
  const room = Math.max(0, Math.floor(rowsMax / buckets) - 1);
  const bound = { ...counting.bound, groupsMax: Math.min(groupsMax ?? room, room) };
  const [listed, others] = await Promise.all([
    clickhouse.query(counting.most, bound, answerRow),
    clickhouse.query(counting.others, bound, answerRow),
  ]);
  return [
    ...listed.map((row) => rateOf(params.by, row, shownName)),
    ...others.map((row) => rateOf(params.by, { ...row, dimensions: params.by.map(() => OTHER) }, (name) => name)),
  ];
}

const bucketsRow = z.object({ buckets: count });

/** SQL of the queries, over moments counted by combination, bucket and outcome. */
function countingOf(params: Params, database: string) {
  const wanted = conditions();
  wanted.add("type = 'touchstone.moment.recorded.v1'", {});
  addWindow(wanted, params);
  addFilters(wanted, params);
  const names: Record<string, string> = {};
  const columns = params.by.map((by, i) => {
    if (!by.startsWith('attribute.')) return DIMENSIONS[by as keyof typeof DIMENSIONS];
    names[`attribute${i}`] = by.slice('attribute.'.length);
    return `attributes[{attribute${i}:String}]`;
  });
  const bucketMs = params.bucket === undefined ? undefined : bucketsMs[params.bucket];
  const isCounted =
    params.by.every((by) => COUNTED.includes(by)) &&
    params.attributes === undefined &&
    FILTER_NAMES.every((filter) => params[filter] === undefined || COUNTED_FILTERS.includes(filter)) &&
    [params.from, params.to, bucketMs].every((ms) => ms === undefined || isWholeHours(ms));
  const settings = isCounted ? ONE_THREAD : '';
  const dimensions = columns.map((_, i) => `dimension${i}`).join(', ');
  const groups = [...columns.map((_, i) => `dimension${i}`), 'bucket'].join(', ');
  // Counts by outcome first, like the projection does.
  const counted = `(SELECT ${columns.map((column, i) => `${column} AS dimension${i}, `).join('')}${bucketOf(bucketMs)} AS bucket, outcome, count() AS counted
           FROM {database:Identifier}.moments ${wanted.where()}
           GROUP BY ${groups}, outcome)`;
  const figures = "sum(counted) AS moments, sumIf(counted, outcome != 'succeeded') AS failures";
  const most = `(SELECT ${dimensions} FROM ${counted} GROUP BY ${dimensions} ORDER BY sum(counted) DESC, ${dimensions} LIMIT {groupsMax:UInt32})`;
  return {
    bound: { ...wanted.params(), ...names, database },
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
