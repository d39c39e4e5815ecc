import { z } from 'zod';
import { position } from '../answer-fields.ts';
import type { ClickHouse } from '../clickhouse.ts';
import { databaseOf } from '../generations.ts';

const customerRow = z.object({ customerId: z.string(), recordedAt: z.coerce.number() });

/** Customers of published events taken at random, each with when the event was recorded (ms): who has more comes more often. */
export async function customersAtRandom(
  clickhouse: ClickHouse,
  generation: number,
  count: number,
): Promise<z.infer<typeof customerRow>[]> {
  return clickhouse.query(
    `SELECT customer_id AS customerId, toUnixTimestamp64Milli(recorded_at) AS recordedAt
     FROM {database:Identifier}.moments ORDER BY rand() LIMIT {count:UInt32}`,
    { database: databaseOf(generation), count },
    customerRow,
  );
}

const parkedRow = z.object({ position, error: z.string() });

/** The events of a customer that are set aside, by position, and why. */
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
