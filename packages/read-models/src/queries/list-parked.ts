import { z } from 'zod';
import { position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { PROJECTED } from '../writing/lanes.ts';
import { PAGE_LIMIT } from './cursor.ts';
import { limit } from './parameters.ts';
import { isParkedAsOf } from './parked-as-of.ts';

/** Some of the parked events: after a position, and of these positions alone. */
interface ParkedAsked {
  readonly after?: bigint;
  readonly positions?: readonly bigint[];
  readonly limit?: number;
}

export const parkedAtParams = z.strictObject({
  upTo: z.bigint().nonnegative(),
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

/**
 * Lists the events that are parked now, in log order; pass the last position as `after` for the
 * next page.
 */
export async function listParked(
  clickhouse: ClickHouse,
  generation: number,
  { after = 0n, positions, limit = PAGE_LIMIT }: ParkedAsked,
): Promise<ParkedItem[]> {
  const ofThese = positions === undefined ? '' : 'AND has({positions:Array(UInt64)}, parked.position)';
  return clickhouse.query(
    `SELECT toString(parked.position) AS position, customer_id AS customerId, event_id AS eventId, source, type, error
     FROM {database:Identifier}.parked FINAL WHERE parked.position > {after:UInt64} ${ofThese} AND ${isParkedAsOf(PROJECTED)}
     ORDER BY parked.position LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), after, limit, ...(positions && { positions: `[${positions.join(',')}]` }) },
    parkedItem,
  );
}

const positionRow = z.object({ position });

/**
 * Positions of the events that were parked as of `upTo`, in order; pass the last one as `after` for
 * the next page.
 */
export async function parkedAt(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof parkedAtParams>,
): Promise<bigint[]> {
  const rows = await clickhouse.query(
    `SELECT toString(parked.position) AS position FROM {database:Identifier}.parked FINAL
     WHERE parked.position > {after:UInt64} AND parked.position <= {upTo:UInt64} AND ${isParkedAsOf('{upTo:UInt64}')}
     ORDER BY parked.position LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), ...parkedAtParams.parse(given) },
    positionRow,
  );
  return rows.map((row) => row.position);
}
