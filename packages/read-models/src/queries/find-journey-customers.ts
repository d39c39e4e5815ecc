import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';

export const findJourneyCustomersParams = z.strictObject({
  journeyId: z.string(),
  limit: z.number().int().min(1).max(1000).default(100),
});

const row = z.object({ customerId: z.string() });

/**
 * The customers who have a journey with this id, in order; empty if none has. Any version of a row
 * will do, because a journey never changes its customer.
 */
export async function findJourneyCustomers(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof findJourneyCustomersParams>,
): Promise<string[]> {
  const params = findJourneyCustomersParams.parse(given);
  const rows = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM {database:Identifier}.journeys
     WHERE journey_id = {journeyId:String} ORDER BY customer_id LIMIT {limit:UInt32}`,
    { ...params, database: databaseOf(generation) },
    row,
  );
  return rows.map((found) => found.customerId);
}
