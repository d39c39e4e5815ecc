import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { PROJECTED } from '../writing/lanes.ts';
import { count, position } from './answer-fields.ts';
import { isMomentAsOf, isParkedAsOf } from './parked-as-of.ts';

export const projectedByRangeParams = z.strictObject({
  /** Ascending: a range begins after each of these positions and ends with the next; the last one ends with `upTo`. */
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
  /** The one of the given positions that the range begins after. */
  readonly after: bigint;
  readonly source: string;
  readonly moments: number;
  readonly parked: number;
  /** That have left the log since. */
  readonly cut: number;
  /** Over all three. */
  readonly checksum: number;
}

/**
 * How many events of each source the read model has taken and set aside, by ranges of the log; what it has none of has no row. By position, because that
 * is what a moment and a parked event both have, whatever is in them. It reads the positions of all moments, some 4 ns each.
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
