import { type Shown, shown } from '../columns.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { complaintsTable, customersTable, journeysTable, promisesTable, trustChangesTable } from '../tables.ts';

/** A comparison tells which word it found, so no word is refused. */
const ANY_WORD = { isAnyWord: true };

const customer = shown(
  customersTable,
  ['version', 'stage', 'satisfaction', 'satisfiedMoments', 'delights', 'purchases'],
  ANY_WORD,
);
const journey = shown(
  journeysTable,
  ['journeyId', 'status', 'score', 'moments', 'failures', 'brokenPromises', 'openComplaints'],
  ANY_WORD,
);
const promise = shown(promisesTable, ['promiseId', 'expected', 'state'], ANY_WORD);
const complaint = shown(complaintsTable, ['complaintId', 'resolvedAt'], ANY_WORD);
const trustChange = shown(trustChangesTable, ['from', 'to', 'because'], ANY_WORD);

type Read<Of> = Of extends Shown<infer Row> ? Row : never;

/**
 * The rows that a generation shows of one customer, each kind ordered by id (trust changes by
 * history).
 */
export interface RowsOfCustomer {
  readonly customer: Read<typeof customer> | null;
  readonly journeys: readonly Read<typeof journey>[];
  readonly promises: readonly Read<typeof promise>[];
  readonly complaints: readonly Read<typeof complaint>[];
  readonly trustChanges: readonly Read<typeof trustChange>[];
}

/**
 * A customer's rows of all kinds, for comparing a generation with the log. Each table is read at
 * its own instant.
 */
export async function rowsOfCustomer(
  clickhouse: ClickHouse,
  generation: number,
  customerId: string,
): Promise<RowsOfCustomer> {
  const params = { customerId, database: databaseOf(generation) };
  const read = <Row>({ name }: { readonly name: string }, { select, row }: Shown<Row>, order: string) =>
    clickhouse.query(
      `SELECT ${select} FROM {database:Identifier}.${name} FINAL WHERE customer_id = {customerId:String} ORDER BY ${order}`,
      params,
      row,
    );
  const [customers, journeys, promises, complaints, trustChanges] = await Promise.all([
    read(customersTable, customer, 'customer_id'),
    read(journeysTable, journey, 'journey_id'),
    read(promisesTable, promise, 'promise_id, expected'),
    read(complaintsTable, complaint, 'complaint_id'),
    read(trustChangesTable, trustChange, 'ordinal'),
  ]);
  return { customer: customers[0] ?? null, journeys, promises, complaints, trustChanges };
}
