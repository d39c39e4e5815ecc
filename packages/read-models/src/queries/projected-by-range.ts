import { z } from 'zod';
import { count, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { PROJECTED } from '../writing/lanes.ts';
import { isMomentAsOf, isParkedAsOf } from './parked-as-of.ts';

export const projectedByRangeParams = z.strictObject({
  /**
   * Ascending: each range begins after one of these positions and ends with the next; the last one
   * ends with `upTo`.
   */
  after: z.array(z.bigint().nonnegative()).min(1).max(2000),
  upTo: z.bigint().nonnegative(),
  /** Each row adds its position modulo this to the checksum. */
  modulus: z
    .int()
    .min(2)
    .max(2 ** 31),
});

const row = z.object({
  first: position,
  source: z.string(),
  moments: count,
  parked: count,
  cut: count,
  checksum: count,
});

export interface ProjectedRange {
  /** The position that the range begins after. */
  readonly after: bigint;
  readonly source: string;
  readonly moments: number;
  readonly parked: number;
  /** Events that have left the log since. */
  readonly cut: number;
  /** Checksum over moments, parked and cut events. */
  readonly checksum: number;
}

/**
 * Counts the events of each source that the read model has as moments and as parked, per range of
 * the log; a range without events has no row. Ranges go by position, the one thing that every
 * moment and parked event has; the query reads the positions of all moments, about 4 ns each.
 */
export async function projectedByRange(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof projectedByRangeParams>,
): Promise<ProjectedRange[]> {
  const { after, upTo, modulus } = projectedByRangeParams.parse(given);
  const within = 'WHERE position > {after:UInt64} AND position <= {upTo:UInt64}';
  const rows = await clickhouse.query(
    `SELECT toString(roundDown(position, {firsts:Array(UInt64)})) AS first, source,
            countIf(kind = 1) AS moments, countIf(kind = 0) AS parked, countIf(kind = 2) AS cut, sum(position % {modulus:UInt64}) AS checksum
     FROM (SELECT position, source, 1 AS kind FROM {database:Identifier}.moments ${within} AND ${isMomentAsOf(PROJECTED)}
           UNION ALL
           SELECT position, source, 0 AS kind FROM {database:Identifier}.parked FINAL ${within} AND ${isParkedAsOf(PROJECTED)}
           UNION ALL
           SELECT position, source, 2 AS kind FROM {database:Identifier}.left_events FINAL ${within})
     GROUP BY first, source`,
    {
      database: databaseOf(generation),
      after: after[0]!,
      upTo,
      modulus,
      firsts: `[${after.map((each) => each + 1n).join(',')}]`,
    },
    row,
  );
  return rows.map(({ first, ...counted }) => ({ ...counted, after: first - 1n }));
}
