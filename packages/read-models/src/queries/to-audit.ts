import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { count, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { tableOf } from '../tables.ts';
import { customerIdRow } from './customers-ahead.ts';

const countRow = z.object({ rows: count });
const recordedRow = z.object({ recordedAt: z.coerce.number() });
const HASHES = 2 ** 32;

/**
 * About `most` random customers: those whose ids hash to a random range of that size, so that every
 * customer is equally likely. Reads the customers' ids, about 10 ns each, and no moments.
 */
export async function customersAtRandom(clickhouse: ClickHouse, generation: number, most: number): Promise<string[]> {
  const database = databaseOf(generation);
  const [counted] = await clickhouse.query(
    'SELECT count() AS rows FROM {database:Identifier}.customers',
    { database },
    countRow,
  );
  const size = Math.ceil((HASHES * most) / Math.max(most, counted!.rows));
  const found = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM {database:Identifier}.customers
     WHERE (xxHash32(customer_id) + {turned:UInt64}) % ${HASHES} < {size:UInt64} LIMIT {most:UInt32}`,
    { database, turned: randomInt(HASHES), size, most },
    customerIdRow,
  );
  return found.map(({ customerId }) => customerId);
}

/**
 * Recording time of one of the customer's events, chosen at random, in ms; null if there is none.
 */
export async function recordedAtRandom(
  clickhouse: ClickHouse,
  generation: number,
  customerId: string,
): Promise<number | null> {
  const [row] = await clickhouse.query(
    `SELECT toUnixTimestamp64Milli(recorded_at) AS recordedAt FROM {database:Identifier}.moments
     WHERE customer_id = {customerId:String} ORDER BY rand() LIMIT 1`,
    { database: databaseOf(generation), customerId },
    recordedRow,
  );
  return row?.recordedAt ?? null;
}

/** Number of a customer's events according to the rows: moments and parked. */
export async function countedEvents(clickhouse: ClickHouse, generation: number, customerId: string): Promise<number> {
  const [row] = await clickhouse.query(
    `SELECT (SELECT count() FROM {database:Identifier}.moments WHERE customer_id = {customerId:String})
       + (SELECT count() FROM {database:Identifier}.parked FINAL WHERE customer_id = {customerId:String} AND retried_at = 0) AS rows`,
    { database: databaseOf(generation), customerId },
    countRow,
  );
  return row!.rows;
}

const parkedRow = z.object({ position, error: z.string() });

/** A customer's parked events: position to error text. */
export async function parkedOf(
  clickhouse: ClickHouse,
  generation: number,
  customerId: string,
): Promise<ReadonlyMap<bigint, string>> {
  const rows = await clickhouse.query(
    `SELECT toString(parked.position) AS position, error FROM {database:Identifier}.parked FINAL
     WHERE customer_id = {customerId:String} AND retried_at = 0`,
    { database: databaseOf(generation), customerId },
    parkedRow,
  );
  return new Map(rows.map((row) => [row.position, row.error]));
}

/** The next `limit` customers with rows in any table, ordered by id, after a given id (or ''). */
export async function customersInRows(
  clickhouse: ClickHouse,
  generation: number,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<string[]> {
  const each = Object.values(tableOf).map(
    ({ name }) => `SELECT customer_id FROM {database:Identifier}.${name} WHERE customer_id > {after:String}`,
  );
  const rows = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM (${each.join(' UNION ALL ')}) ORDER BY customerId LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), after, limit },
    customerIdRow,
  );
  return rows.map(({ customerId }) => customerId);
}
