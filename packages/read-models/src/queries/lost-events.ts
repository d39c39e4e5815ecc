import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { count, instant, position } from './answer-fields.ts';
import { customerIdRow } from './customers-ahead.ts';

const momentRow = z.object({
  position,
  recordedAt: instant,
  customerId: z.string(),
  source: z.string(),
  eventId: z.string(),
});
/** Where an event stood in the log, and which. */
export type MomentPlace = z.infer<typeof momentRow>;

/** The last moment of a generation up to a position of the log; null if there is none. */
export async function lastMomentUpTo(
  clickhouse: ClickHouse,
  generation: number,
  { upTo }: { readonly upTo: bigint },
): Promise<MomentPlace | null> {
  const rows = await clickhouse.query(
    `SELECT toString(moments.position) AS position, toUnixTimestamp64Milli(recorded_at) AS recordedAt, customer_id AS customerId,
            source, event_id AS eventId
     FROM {database:Identifier}.moments WHERE moments.position <= {upTo:UInt64} ORDER BY moments.position DESC LIMIT 1`,
    { database: databaseOf(generation), upTo },
    momentRow,
  );
  return rows[0] ?? null;
}

const placeRow = z.object({ position });

/** Position of the moment that so many come after, up to a position; `0n` where there are not so many. */
export async function momentsBefore(
  clickhouse: ClickHouse,
  generation: number,
  { upTo, moments }: { readonly upTo: bigint; readonly moments: number },
): Promise<bigint> {
  const rows = await clickhouse.query(
    `SELECT toString(moments.position) AS position FROM {database:Identifier}.moments
     WHERE moments.position <= {upTo:UInt64} ORDER BY moments.position DESC LIMIT 1 OFFSET {moments:UInt32}`,
    { database: databaseOf(generation), upTo, moments },
    placeRow,
  );
  return rows[0]?.position ?? 0n;
}

/** Rows of a generation whose log was put back, and of the one that answers; `fork`: up to it both are of one history. */
export interface Forked {
  readonly kept: number;
  readonly inForce: number;
  readonly fork: bigint;
}

const lostSql = `
  SELECT customer_id, source, event_id, recorded_at FROM {kept:Identifier}.moments
  WHERE position > {fork:UInt64} AND (customer_id, source, event_id) NOT IN
    (SELECT customer_id, source, event_id FROM {database:Identifier}.moments WHERE position > {fork:UInt64})`;
const lostCustomers = `
  SELECT DISTINCT customer_id FROM {kept:Identifier}.customers
  WHERE customer_id NOT IN (SELECT customer_id FROM {database:Identifier}.customers)`;

const sumsRow = z.object({ events: count, customers: count });

/** Events that the kept rows tell of and those in force do not, published again or not, and customers nothing is known of any more. */
export async function countLost(clickhouse: ClickHouse, forked: Forked): Promise<z.infer<typeof sumsRow>> {
  const [row] = await clickhouse.query(
    `SELECT (SELECT count() FROM (${lostSql})) AS events, (SELECT count() FROM (${lostCustomers})) AS customers`,
    parametersOf(forked),
    sumsRow,
  );
  return row!;
}

const minuteRow = z.object({ minute: instant, source: z.string(), events: count });

export interface LostEvents {
  /** By when they were recorded, ms since 1970, and source. */
  readonly minutes: readonly z.infer<typeof minuteRow>[];
  /** Names, in their order. */
  readonly customerIds: readonly string[];
}

/** What {@link countLost} counts, so many of each at most. */
export async function listLost(clickhouse: ClickHouse, forked: Forked, limit: number): Promise<LostEvents> {
  const parameters = { ...parametersOf(forked), limit };
  const [minutes, customers] = await Promise.all([
    clickhouse.query(
      `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfMinute(recorded_at), 3, 'UTC')) AS minute, source, count() AS events
       FROM (${lostSql}) GROUP BY minute, source ORDER BY minute, source LIMIT {limit:UInt32}`,
      parameters,
      minuteRow,
    ),
    clickhouse.query(
      `SELECT customer_id AS customerId FROM (${lostCustomers}) ORDER BY customer_id LIMIT {limit:UInt32}`,
      parameters,
      customerIdRow,
    ),
  ]);
  return { minutes, customerIds: customers.map(({ customerId }) => customerId) };
}

const parametersOf = ({ kept, inForce, fork }: Forked) => ({
  kept: databaseOf(kept),
  database: databaseOf(inForce),
  fork,
});
