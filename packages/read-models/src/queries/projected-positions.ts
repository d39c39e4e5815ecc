import { z } from 'zod';
import { count, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { PROJECTED } from '../writing/lanes.ts';
import { isMomentAsOf, isParkedAsOf } from './parked-as-of.ts';

export const projectedPositionsParams = z.strictObject({
  /** `(after, upTo]` */
  after: z.bigint().nonnegative(),
  upTo: z.bigint().nonnegative(),
  source: z.string(),
  rowsMax: z.int().min(1).max(100_000),
});

const row = z.object({ position, eventId: z.string(), customerId: z.string(), rows: count, isCut: z.coerce.boolean() });
export type ProjectedPosition = z.infer<typeof row>;

/**
 * Lists a source's events that the read model has in a range of the log, in order: `rows` counts
 * the event's rows as moment and as parked, and is 1 if it is right; `isCut` means that the event
 * has left the log since. Returns at most `rowsMax`; on a full page, ask again after the last
 * position.
 */
export async function projectedPositions(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof projectedPositionsParams>,
): Promise<ProjectedPosition[]> {
  const params = projectedPositionsParams.parse(given);
  const within =
    'WHERE stored.position > {after:UInt64} AND stored.position <= {upTo:UInt64} AND source = {source:String}';
  const some = (table: string, isThere: string) =>
    `SELECT stored.position AS at, event_id, customer_id, 0 AS is_cut FROM {database:Identifier}.${table} ${within} AND ${isThere}`;
  return clickhouse.query(
    `SELECT toString(at) AS position, any(event_id) AS eventId, any(customer_id) AS customerId, count() AS rows, max(is_cut) AS isCut
     FROM (${some('moments AS stored', `stored.${isMomentAsOf(PROJECTED)}`)}
           UNION ALL ${some('parked AS stored FINAL', isParkedAsOf(PROJECTED))}
           UNION ALL SELECT stored.position AS at, '' AS event_id, customer_id, 1 AS is_cut
           FROM {database:Identifier}.left_events AS stored FINAL ${within})
     GROUP BY at ORDER BY at LIMIT {rowsMax:UInt32}`,
    { ...params, database: databaseOf(generation) },
    row,
  );
}
