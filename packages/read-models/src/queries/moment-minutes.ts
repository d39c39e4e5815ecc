import { MINUTE_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { type Conditions, conditions } from './conditions.ts';

/** Counts of moments by minute, for alerts: memory grows with the minutes, not the moments. */

/** The moments of an objective or a heartbeat: '' asks for those where the text is missing. */
export interface SelectedMoments {
  readonly touchpoint: string;
  readonly channel?: string | undefined;
  readonly journeyType?: string | undefined;
  readonly team?: string | undefined;
}

/** Whole minutes [from, to), ms since 1970. */
interface Minutes {
  readonly from: number;
  readonly to: number;
}

/** `event` counts each moment as stored at its own time. */
export type MomentClock = 'stored' | 'event';

export interface MinutesAsked extends Minutes {
  readonly place: SelectedMoments;
  readonly clock: MomentClock;
}

/** Counts by minute; the arrays go together. Minutes are ms since 1970, and none stands twice. */
export interface WindowChanges {
  /** The minutes at which moments enter the windows, or the minutes of the moments themselves. */
  readonly edge: 'entered' | 'passed';
  readonly minutes: readonly number[];
  /** For each span: only moments that ever were in a window of that length. */
  readonly moments: readonly (readonly number[])[];
  readonly failures: readonly (readonly number[])[];
}

const numbers = z.array(z.number());
const changesRow = z.object({
  minutes: numbers,
  moments: z.array(numbers),
  failures: z.array(numbers),
});

const MINUTES_A_ROW = 1440;

/** SQL of the first whole minute at or after a time given in ms, in minutes since 1970. */
const minuteOf = (ms: string) => `intDiv(${ms} + ${MINUTE_MS - 1}, ${MINUTE_MS})`;

/**
 * Each moment enters the windows of `spansMs` at its minute, or at that of its storing if it is
 * later, but not before `from`; it leaves each window a span after its minute.
 */
export async function windowChanges(
  clickhouse: ClickHouse,
  generation: number,
  { place, from, to, clock }: MinutesAsked,
  spansMs: readonly number[],
): Promise<WindowChanges[]> {
  const wanted = wantedMoments(place);
  const storing = await storingOf(clickhouse, generation, clock);
  const longestMs = Math.max(...spansMs);
  wanted.add(`time > ${timeParameter('earliest')}`, { earliest: from - longestMs });
  wanted.add(`time <= ${timeParameter('latest')}`, { latest: to - MINUTE_MS });
  const counted = (minute: string) =>
    spansMs
      .map((spanMs, index) => {
        const isInside = `entered < passed + ${spanMs / MINUTE_MS}`;
        return `toUInt32(countIf(${isInside})) AS moments${index}, toUInt32(countIf(${isInside} AND failed)) AS failures${index}`;
      })
      .join(', ')
      .concat(`, toUInt32(${minute}) AS minute`);
  const moments = `(SELECT passed, greatest(passed, stored, {fromMinute:Int64}) AS entered, failed
     FROM (SELECT ${minuteOf(milliseconds('time'))} AS passed, ${minuteOf(storing.ms)} AS stored, outcome != 'succeeded' AS failed
           FROM ${storing.from} ${wanted.where()})
     WHERE entered < {toMinute:Int64})`;
  const gathered = (name: string) => `[${spansMs.map((_, index) => `groupArray(${name}${index})`).join(', ')}]`;
  const changes: WindowChanges[] = [];
  // One query after the other, so that each stays within the time of a question.
  for (const edge of ['entered', 'passed'] as const) {
    const rows = await clickhouse.query(
      `SELECT groupArray(minute) AS minutes, ${gathered('moments')} AS moments, ${gathered('failures')} AS failures
       FROM (SELECT ${counted(edge)} FROM ${moments} GROUP BY ${edge}) GROUP BY intDiv(minute, ${MINUTES_A_ROW})`,
      { ...wanted.params(), ...bound(generation, { from, to }) },
      changesRow,
    );
    for (const row of rows) changes.push({ ...row, edge, minutes: row.minutes.map((minute) => minute * MINUTE_MS) });
  }
  return changes;
}

const spentRow = z.object({ moments: z.number(), failures: z.number() });

/** Counts the moments with a time in [from, to) that were stored by `to`. */
export async function momentsIn(
  clickhouse: ClickHouse,
  generation: number,
  { place, from, to, clock }: MinutesAsked,
): Promise<{ readonly moments: number; readonly failures: number }> {
  const wanted = wantedMoments(place);
  const storing = await storingOf(clickhouse, generation, clock);
  wanted.add(`time >= ${timeParameter('from')}`, { from });
  wanted.add(`time < ${timeParameter('to')}`, { to });
  wanted.add(`${storing.ms} <= {to:Int64}`, { to });
  const [row] = await clickhouse.query(
    `SELECT toUInt32(count()) AS moments, toUInt32(countIf(outcome != 'succeeded')) AS failures
     FROM ${storing.from} ${wanted.where()}`,
    { ...wanted.params(), database: databaseOf(generation) },
    spentRow,
  );
  return row!;
}

/** The greatest time, ms since 1970, of the moments that count from a minute on. */
export interface LatestMoment {
  readonly from: number;
  readonly last: number;
}

const latestRow = z.object({ minutes: numbers, lasts: z.array(z.coerce.number()) });

/**
 * The minutes at which moments come to count, in order: that of their time, or of their storing if
 * it is later, but not before `from`.
 */
export async function latestMoments(
  clickhouse: ClickHouse,
  generation: number,
  { place, from, to, clock }: MinutesAsked,
): Promise<LatestMoment[]> {
  const wanted = wantedMoments(place);
  const storing = await storingOf(clickhouse, generation, clock);
  wanted.add(`time <= ${timeParameter('latest')}`, { latest: to - MINUTE_MS });
  const entered = `greatest(${minuteOf(`greatest(${milliseconds('time')}, ${storing.ms})`)}, {fromMinute:Int64})`;
  const rows = await clickhouse.query(
    `SELECT groupArray(minute) AS minutes, groupArray(last) AS lasts
     FROM (SELECT toUInt32(${entered}) AS minute, ${milliseconds('max(time)')} AS last
           FROM ${storing.from} ${wanted.where()}
           GROUP BY minute HAVING minute < {toMinute:Int64} ORDER BY minute)
     GROUP BY intDiv(minute, ${MINUTES_A_ROW})`,
    { ...wanted.params(), ...bound(generation, { from, to }) },
    latestRow,
  );
  return rows
    .flatMap(({ minutes, lasts }) => minutes.map((minute, at) => ({ from: minute * MINUTE_MS, last: lasts[at]! })))
    .sort((a, b) => a.from - b.from);
}

function bound(generation: number, { from, to }: Minutes) {
  return { database: databaseOf(generation), fromMinute: from / MINUTE_MS, toMinute: to / MINUTE_MS };
}

const PLACE_COLUMNS = {
  touchpoint: 'touchpoint',
  channel: 'channel',
  journeyType: 'journey_type',
  team: 'actor_team',
} as const satisfies Record<keyof SelectedMoments, string>;

function wantedMoments(place: SelectedMoments): Conditions {
  const wanted = conditions();
  wanted.add("type = 'touchstone.moment.recorded.v1'", {});
  for (const [name, column] of Object.entries(PLACE_COLUMNS) as [keyof SelectedMoments, string][]) {
    wanted.add(`${column} = {${name}:String}`, { [name]: place[name] });
  }
  return wanted;
}

/** SQL of when a moment was stored, ms, and of the table with what that takes. */
interface Storing {
  readonly ms: string;
  readonly from: string;
}

const MOMENTS = '{database:Identifier}.moments';
const RETRIED =
  '(SELECT parked.position AS retried, retry_recorded_at FROM {database:Identifier}.parked FINAL WHERE retried_at > 0)';
const retriesRow = z.object({ retries: z.coerce.number() });

/** A parked moment is stored when the retry that took it is; a join for nothing takes seconds. */
async function storingOf(clickhouse: ClickHouse, generation: number, clock: MomentClock): Promise<Storing> {
  if (clock === 'event') return { ms: milliseconds('time'), from: MOMENTS };
  const [row] = await clickhouse.query(
    `SELECT count() AS retries FROM ${RETRIED}`,
    { database: databaseOf(generation) },
    retriesRow,
  );
  if (row!.retries === 0) return { ms: milliseconds('recorded_at'), from: MOMENTS };
  return {
    ms: milliseconds('greatest(recorded_at, ifNull(retry_recorded_at, recorded_at))'),
    from: `${MOMENTS} LEFT JOIN ${RETRIED} AS retry ON moments.position = retry.retried`,
  };
}
