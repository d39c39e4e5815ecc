import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';

/** Customers that are named, at most. */
const CUSTOMERS_MAX = 100;

const row = z.object({ customerId: z.string() });

/**
 * The customers who have a journey with this id, in order; empty if none has. Any version of a row
 * will do, because a journey never changes its customer.
 */
export async function findJourneyCustomers(
  clickhouse: ClickHouse,
  generation: number,
  { journeyId }: { readonly journeyId: string },
): Promise<string[]> {
  const rows = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM {database:Identifier}.journeys
     WHERE journey_id = {journeyId:String} ORDER BY customer_id LIMIT {limit:UInt32}`,
    { journeyId, limit: CUSTOMERS_MAX, database: databaseOf(generation) },
    row,
  );
  return rows.map((found) => found.customerId);
}
