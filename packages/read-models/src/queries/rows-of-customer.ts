import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { count, instant, position } from './answer-fields.ts';
import { milliseconds } from './conditions.ts';

export const rowsOfCustomerParams = z.strictObject({ customerId: z.string() });

const customerRow = z.object({
  version: position,
  stage: z.string(),
  satisfaction: z.number().nullable(),
  satisfiedMoments: count,
  delights: count,
  purchases: count,
});
const journeyRow = z.object({
  journeyId: z.string(),
  status: z.string(),
  score: z.number().nullable(),
  moments: count,
  failures: count,
  brokenPromises: count,
  openComplaints: count,
});
const promiseRow = z.object({ promiseId: z.string(), state: z.string() });
const complaintRow = z.object({ complaintId: z.string(), resolvedAt: instant.nullable() });
const changeRow = z.object({ from: z.string(), to: z.string(), because: z.string() });

/** What a generation shows of one customer, each kind in the order of its ids (changes: of the history). */
export interface RowsOfCustomer {
  readonly customer: z.infer<typeof customerRow> | null;
  readonly journeys: readonly z.infer<typeof journeyRow>[];
  readonly promises: readonly z.infer<typeof promiseRow>[];
  readonly complaints: readonly z.infer<typeof complaintRow>[];
  readonly trustChanges: readonly z.infer<typeof changeRow>[];
}

/** For holding a generation to the log. A customer's rows of all kinds, each table as it is at its own instant. */
export async function rowsOfCustomer(
  clickhouse: ClickHouse,
  generation: number,
  given: z.input<typeof rowsOfCustomerParams>,
): Promise<RowsOfCustomer> {
  const params = { ...rowsOfCustomerParams.parse(given), database: databaseOf(generation) };
  const read = <Row>(select: string, table: string, order: string, row: z.ZodType<Row>) =>
    clickhouse.query(
      `SELECT ${select} FROM {database:Identifier}.${table} FINAL WHERE customer_id = {customerId:String} ORDER BY ${order}`,
      params,
      row,
    );
  const [customers, journeys, promises, complaints, trustChanges] = await Promise.all([
    read(
      'toString(version) AS version, stage, satisfaction, satisfied_moments AS satisfiedMoments, delights, purchases',
      'customers',
      'customer_id',
      customerRow,
    ),
    read(
      `journey_id AS journeyId, status, score, moments, failures, broken_promises AS brokenPromises,
       open_complaints AS openComplaints`,
      'journeys',
      'journey_id',
      journeyRow,
    ),
    read('promise_id AS promiseId, state', 'promises', 'promise_id', promiseRow),
    read(
      `complaint_id AS complaintId, ${milliseconds('resolved_at')} AS resolvedAt`,
      'complaints',
      'complaint_id',
      complaintRow,
    ),
    read('`from`, `to`, because', 'trust_changes', 'ordinal', changeRow),
  ]);
  return { customer: customers[0] ?? null, journeys, promises, complaints, trustChanges };
}
