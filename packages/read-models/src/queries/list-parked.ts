import { z } from 'zod';
import { limit, position } from '../answer-fields.ts';
import type { ClickHouse } from '../clickhouse.ts';
import { databaseOf } from '../generations.ts';

export const listParkedParams = z.strictObject({
  /** Go on after this position. */
  after: z.bigint().nonnegative().default(0n),
  limit,
});

export const parkedItem = z.object({
  position,
  customerId: z.string(),
  eventId: z.string(),
  source: z.string(),
  type: z.string(),
  error: z.string(),
});
export type ParkedItem = z.infer<typeof parkedItem>;

/** Events that were set aside, in the order of the log; ask on with the last position. */
export async function listParked(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof listParkedParams>,
): Promise<ParkedItem[]> {
  const { after, limit } = listParkedParams.parse(given);
  return clickhouse.query(
    `SELECT toString(parked.position) AS position, customer_id AS customerId, event_id AS eventId, source, type, error
     FROM {database:Identifier}.parked FINAL WHERE parked.position > {after:UInt64}
     ORDER BY parked.position LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), after, limit },
    parkedItem,
  );
}
