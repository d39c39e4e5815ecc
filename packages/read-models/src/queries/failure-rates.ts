import { z } from 'zod';
import { count, instant, timeGiven } from '../answer-fields.ts';
import type { ClickHouse } from '../clickhouse.ts';
import { type Conditions, conditions, milliseconds, timeParameter } from '../conditions.ts';
import { databaseOf } from '../generations.ts';
import { ReadModelError } from '../read-model-error.ts';

/** What rates can be split by, besides `attribute.<name>`, and the column that holds it. */
const DIMENSIONS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  journeyType: 'journey_type',
  source: 'source',
  cause: 'cause',
  actorTeam: 'actor_team',
  actorSite: 'actor_site',
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BUCKETS_MS = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '1d': 24 * HOUR_MS,
} as const;

const dimension = z.union([
  z.enum(Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[]),
  z.templateLiteral(['attribute.', z.string().min(1).max(128)]),
]);

export const failureRatesParams = z.strictObject({
  by: z.array(dimension).max(8).default(['touchpoint', 'channel']),
  /** Event time within [from, to), ms since 1970. */
  from: timeGiven.optional(),
  to: timeGiven.optional(),
  /** Without one, the whole window is one row. Buckets start at whole multiples of their length since 1970, UTC. */
  bucket: z.enum(Object.keys(BUCKETS_MS) as (keyof typeof BUCKETS_MS)[]).optional(),
  rowsMax: z.number().int().min(1).max(100_000).default(10_000),
});

const answerRow = z.object({
  dimensions: z.array(z.string()),
  bucket: instant.nullable(),
  moments: count,
  failures: count,
});

export interface FailureRate {
  /** One value per `by`, by its name. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Start of the bucket, ms since 1970; `null` without buckets. */
  readonly bucket: number | null;
  readonly moments: number;
  /** Moments whose outcome is not `succeeded`. */
  readonly failures: number;
  readonly rate: number;
  /** Wilson's interval at 95 %. */
  readonly low: number;
  readonly high: number;
}

const Z = 1.959964;
const ZZ = Z * Z;

/** Rounding must not carry the interval beyond 0..1. Not in the SQL, where analysing the formula costs as much as counting 100,000 moments. */
function wilson(failures: number, moments: number): Pick<FailureRate, 'rate' | 'low' | 'high'> {
  const rate = failures / moments;
  const centre = (rate + ZZ / (2 * moments)) / (1 + ZZ / moments);
  const reach = (Z / (1 + ZZ / moments)) * Math.sqrt((rate * (1 - rate)) / moments + ZZ / (4 * moments * moments));
  return { rate, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

/** What the projection `by_hour` of the moments counts by, besides hours. */
const COUNTED: readonly string[] = ['touchpoint', 'channel', 'journeyType'] satisfies (keyof typeof DIMENSIONS)[];

const isWholeHours = (ms: number) => ms % HOUR_MS === 0;

/** As the projection has it: what asks for whole hours in these words is answered from its counts. */
const HOUR = `intDiv(${milliseconds('time')}, ${HOUR_MS})`;

/** The counts are a few thousand rows: a second thread costs half as much again as it all, and is not faster. */
const ONE_THREAD = 'SETTINGS max_threads = 1';

/** The moments within [from, to), by hours where either is the beginning of one. */
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

/**
 * How often moments fail, per combination of what is asked for and per bucket, ordered by both. What had no moments has no row.
 * @throws ReadModelError `invalid` if the answer has more than `rowsMax` rows: it is never cut short in silence.
 */
export async function failureRates(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof failureRatesParams>,
): Promise<FailureRate[]> {
  const params = failureRatesParams.parse(given);
  const wanted = conditions();
  wanted.add("type = 'touchstone.moment.recorded.v1'", {});
  addWindow(wanted, params);
  const names: Record<string, string> = {};
  const columns = params.by.map((by, i) => {
    if (!by.startsWith('attribute.')) return DIMENSIONS[by as keyof typeof DIMENSIONS];
    names[`attribute${i}`] = by.slice('attribute.'.length);
    return `attributes[{attribute${i}:String}]`;
  });
  const bucketMs = params.bucket === undefined ? undefined : BUCKETS_MS[params.bucket];
  const isCounted =
    params.by.every((by) => COUNTED.includes(by)) &&
    [params.from, params.to, bucketMs].every((ms) => ms === undefined || isWholeHours(ms));
  const dimensions = columns.map((_, i) => `dimension${i}`);
  const groups = [...dimensions, 'bucket'].join(', ');
  // By outcome first, as the projection counts them.
  const rows = await clickhouse.query(
    `SELECT [${dimensions.join(', ')}] AS dimensions, bucket,
       sum(counted) AS moments, sumIf(counted, outcome != 'succeeded') AS failures
     FROM (SELECT ${columns.map((column, i) => `${column} AS dimension${i}, `).join('')}${bucketOf(bucketMs)} AS bucket, outcome, count() AS counted
           FROM {database:Identifier}.moments ${wanted.where()}
           GROUP BY ${groups}, outcome)
     GROUP BY ${groups} ORDER BY ${groups} LIMIT {rowsMax:UInt32} ${isCounted ? ONE_THREAD : ''}`,
    { ...wanted.params(), ...names, database: databaseOf(generation), rowsMax: params.rowsMax + 1 },
    answerRow,
  );
  if (rows.length > params.rowsMax) {
    const advice = 'ask for a shorter window, longer buckets or fewer dimensions';
    throw new ReadModelError('invalid', `The answer has more than ${params.rowsMax} rows: ${advice}.`);
  }
  // Field by field: spread, the thousands of rows of a month by hours cost three times as much.
  return rows.map(({ dimensions: values, bucket, moments, failures }) => {
    const dimensions: Record<string, string> = {};
    for (const [i, by] of params.by.entries()) dimensions[by] = values[i]!;
    const { rate, low, high } = wilson(failures, moments);
    return { dimensions, bucket, moments, failures, rate, low, high };
  });
}
