import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { timeGiven } from './parameters.ts';

/** The time of the query, and the maximum number of customers. */
export const customersAtParams = z.strictObject({
  now: timeGiven,
  limit: z.number().int().min(1).max(100_000).default(1000),
});

export const customerIdRow = z.object({ customerId: z.string() });

/**
 * Customers whose rows are ahead of now, ordered by id: they show a deadline or a move at `now` or
 * later.
 */
export async function customersAhead(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof customersAtParams>,
): Promise<string[]> {
  const rows = await clickhouse.query(
    `SELECT DISTINCT customer_id AS customerId FROM (
       SELECT customer_id FROM {database:Identifier}.promises FINAL
       WHERE state = 'broken' AND due_at >= ${timeParameter('now')}
       UNION ALL
       SELECT customer_id FROM {database:Identifier}.journeys FINAL
       WHERE status = 'abandoned' AND ended_at >= ${timeParameter('now')}
       UNION ALL
       SELECT customer_id FROM {database:Identifier}.trust_changes FINAL WHERE at >= ${timeParameter('now')})
     ORDER BY customerId LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), ...customersAtParams.parse(given) },
    customerIdRow,
  );
  return rows.map(({ customerId }) => customerId);
}
