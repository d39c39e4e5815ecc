import { z } from 'zod';
import { count, instant } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { customerIdRow, customersAtParams } from './customers-ahead.ts';
import { timeGiven } from './parameters.ts';

/**
 * Customers with a deadline before `now` (exclusive) that their rows do not show yet, the most
 * overdue first.
 */
export function customersDue(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof customersAtParams>,
): Promise<string[]> {
  return customersBefore('next_due_at', clickhouse, generation, given);
}

/**
 * Customers whose rows show a deadline before `now` (exclusive) that is not announced yet, the
 * oldest first.
 */
export function customersUntold(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof customersAtParams>,
): Promise<string[]> {
  return customersBefore('untold_at', clickhouse, generation, given);
}

async function customersBefore(
  column: 'next_due_at' | 'untold_at',
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof customersAtParams>,
): Promise<string[]> {
  const rows = await clickhouse.query(
    `SELECT customer_id AS customerId FROM {database:Identifier}.customers FINAL
     WHERE ${column} < ${timeParameter('now')} ORDER BY ${column}, customer_id LIMIT {limit:UInt32}`,
    { database: databaseOf(generation), ...customersAtParams.parse(given) },
    customerIdRow,
  );
  return rows.map(({ customerId }) => customerId);
}

const earliestRow = z.object({ at: instant.nullable() });

/** The earliest deadline of any customer, ms since 1970; `null` if there is none. */
export async function nextDue(clickhouse: ClickHouse, generation: number): Promise<number | null> {
  const [earliest] = await clickhouse.query(
    `SELECT ${milliseconds('min(next_due_at)')} AS at FROM {database:Identifier}.customers FINAL`,
    { database: databaseOf(generation) },
    earliestRow,
  );
  return earliest?.at ?? null;
}

export const nextUntoldParams = z.strictObject({ from: timeGiven });

/**
 * The earliest unannounced deadline at `from` or later that rows show, ms since 1970; `null` if
 * there is none.
 */
export async function nextUntold(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof nextUntoldParams>,
): Promise<number | null> {
  const { from } = nextUntoldParams.parse(given);
  const [earliest] = await clickhouse.query(
    `SELECT ${milliseconds('min(untold_at)')} AS at FROM {database:Identifier}.customers FINAL
     WHERE untold_at >= ${timeParameter('from')}`,
    { database: databaseOf(generation), from },
    earliestRow,
  );
  return earliest?.at ?? null;
}

export const countDueParams = z.strictObject({ now: timeGiven });

const countRow = z.object({ customers: count });

/** Number of customers with a deadline before `now` (exclusive). */
export async function countDue(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof countDueParams>,
): Promise<number> {
  const { now } = countDueParams.parse(given);
  const [row] = await clickhouse.query(
    `SELECT count() AS customers FROM {database:Identifier}.customers FINAL WHERE next_due_at < ${timeParameter('now')}`,
    { database: databaseOf(generation), now },
    countRow,
  );
  return row?.customers ?? 0;
}
