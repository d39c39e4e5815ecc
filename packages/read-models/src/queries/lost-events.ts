import { z } from 'zod';
import { count, instant, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { customerIdRow } from './customers-ahead.ts';

const momentRow = z.object({
  position,
  recordedAt: instant,
  customerId: z.string(),
  source: z.string(),
  eventId: z.string(),
});
/** An event's position in the log, and its identity. */
export type MomentPlace = z.infer<typeof momentRow>;

/** The last moment of a generation up to a log position; null if there is none. */
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

/**
 * Position of the moment, up to `upTo`, that has `moments` others after it; `0n` if there are not
 * that many.
 */
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

/**
 * The rows of a generation whose log was restored from a backup, and of the current one; both share
 * one history up to `fork`.
 */
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

/**
 * Counts the events beyond the fork that the kept rows have and the current rows lack (one
 * published again is present), and the customers of whom no row is left.
 */
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
  /** Lost events by minute of recording, ms since 1970, and by source. */
  readonly minutes: readonly z.infer<typeof minuteRow>[];
  /** Customer ids, in order. */
  readonly customerIds: readonly string[];
}

/** Lists what {@link countLost} counts, at most `limit` entries of each kind. */
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
