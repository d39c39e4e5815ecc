/**
 * Rows for tests: default rows, and a small made-up history that can be cut into batches anywhere.
 */

import { z } from 'zod';
import type { Declared, DeclaredTable, WrittenOf } from '../src/columns.ts';
import { type Batch, encodeBatch } from '../src/encoding/batch.ts';
import {
  type ProofChange,
  type ProvenTable,
  proofOfComplaint,
  proofOfCustomer,
  proofOfJourney,
  proofOfPromise,
  proofOfTrustChange,
  provenTables,
} from '../src/encoding/row-proof.ts';
import type { ClickHouse } from '../src/engine/clickhouse.ts';
import { databaseOf } from '../src/generations/generations.ts';
import {
  type ComplaintRow,
  type CustomerRow,
  complaintsTable,
  customersTable,
  type JourneyRow,
  journeysTable,
  type MomentRow,
  momentsTable,
  type ParkedRow,
  type PromiseRow,
  parkedTable,
  promisesTable,
  type Rows,
  type TrustChangeRow,
  trustChangesTable,
} from '../src/tables.ts';

/** A row with the given fields; all others are absent. */
function rowOf<Fields extends Declared>(
  { fields }: DeclaredTable<Fields>,
  given: Partial<WrittenOf<Fields>>,
): WrittenOf<Fields> {
  const absent = Object.entries(fields).map(([name, { absent }]) => [name, absent]);
  return { ...Object.fromEntries(absent), ...given } as WrittenOf<Fields>;
}

export const T0 = Date.UTC(2026, 2, 1);

export function momentRow(given: Partial<MomentRow> = {}): MomentRow {
  return rowOf(momentsTable, {
    position: 1n,
    recordedAt: T0,
    time: T0,
    eventId: 'event-1',
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    customerId: 'anna',
    journeyId: 'order-1',
    journeyType: 'order',
    touchpoint: 'order.placed',
    channel: 'web',
    outcome: 'succeeded',
    verdict: 'confirmed',
    expectation: 4,
    perception: 4,
    score: 70,
    weight: 1,
    ...given,
  });
}

export function journeyRow(given: Partial<JourneyRow> = {}): JourneyRow {
  const row = rowOf(journeysTable, {
    version: 1n,
    customerId: 'anna',
    journeyId: 'order-1',
    type: 'order',
    status: 'open',
    startedAt: T0,
    lastAt: T0,
    score: 70,
    level: 'neutral',
    moments: 1,
    touchpoints: ['order.placed'],
    channels: ['web'],
    ...given,
  });
  return { ...row, proof: proofOfJourney(row) };
}

export function customerRow(given: Partial<CustomerRow> = {}): CustomerRow {
  const row = rowOf(customersTable, {
    version: 1n,
    customerId: 'anna',
    stage: 'none',
    journeys: 1,
    moments: 1,
    firstAt: T0,
    lastAt: T0,
    lastMomentAt: T0,
    ...given,
  });
  return { ...row, proof: proofOfCustomer(row) };
}

export function promiseRow(given: Partial<PromiseRow> = {}): PromiseRow {
  const row = rowOf(promisesTable, {
    version: 1n,
    customerId: 'anna',
    promiseId: 'promise-1',
    journeyId: 'order-1',
    journeyType: 'order',
    touchpoint: 'delivery.received',
    what: 'by Friday',
    madeAt: T0,
    dueAt: T0 + 1000,
    state: 'open',
    ...given,
  });
  return { ...row, proof: proofOfPromise(row) };
}

export function complaintRow(given: Partial<ComplaintRow> = {}): ComplaintRow {
  const row = rowOf(complaintsTable, {
    version: 1n,
    customerId: 'anna',
    complaintId: 'complaint-1',
    journeyId: 'order-1',
    journeyType: 'order',
    touchpoint: 'delivery.received',
    channel: 'phone',
    severity: 'high',
    raisedAt: T0,
    ...given,
  });
  return { ...row, proof: proofOfComplaint(row) };
}

export function trustChangeRow(given: Partial<TrustChangeRow> = {}): TrustChangeRow {
  const row = rowOf(trustChangesTable, {
    version: 1n,
    customerId: 'anna',
    from: 'none',
    to: 'cognitive',
    at: T0,
    because: 'earned',
    satisfaction: 71.5,
    ...given,
  });
  return { ...row, proof: proofOfTrustChange(row) };
}

export function parkedRow(given: Partial<ParkedRow> = {}): ParkedRow {
  const position = given.position ?? 1n;
  return rowOf(parkedTable, {
    version: position,
    position,
    customerId: 'anna',
    eventId: 'event-1',
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    error: 'no such thing',
    ...given,
  });
}

export function batch(after: bigint, upTo: bigint, rows: Partial<Rows> = {}, proof: ProofChange | null = null): Batch {
  return encodeBatch(after, upTo, rows, proof);
}

const CUSTOMERS = 7;
/**
 * Every PARKED_EVERY-th position is a parked event; a customer's trust rises at one event and falls
 * at a later one.
 */
const PARKED_EVERY = 11n;

/**
 * The content of a made-up log in (after, upTo]: a pure function of the positions up to `upTo`, so
 * that the log can be cut anywhere. Position p is an event of customer p mod 7; `isWanted` selects
 * customers.
 */
export function madeUpBatch(
  after: bigint,
  upTo: bigint,
  isWanted: (customerId: string) => boolean = () => true,
): Batch {
  return batch(after, upTo, madeUpRows(after, upTo, isWanted), madeUpProof(after, upTo, isWanted));
}

/** The proof change: visible rows at the end minus those at the beginning. */
function madeUpProof(after: bigint, upTo: bigint, isWanted: (customerId: string) => boolean): ProofChange {
  const [before, then] = [madeUpRows(0n, after, isWanted), madeUpRows(0n, upTo, isWanted)];
  const shown = (rows: Rows, table: ProvenTable) =>
    rows[table].filter((row) => !('isDeleted' in row && row.isDeleted)).map(({ proof }) => proof);
  const plus = (sum: number, proof: number) => sum + proof;
  const changes = provenTables.map((table) => {
    const [gone, here] = [shown(before, table), shown(then, table)];
    return [table, { rows: here.length - gone.length, sum: here.reduce(plus, 0) - gone.reduce(plus, 0) }];
  });
  return Object.fromEntries(changes) as ProofChange;
}

function madeUpRows(after: bigint, upTo: bigint, isWanted: (customerId: string) => boolean): Rows {
  const customerId = (position: bigint) => `customer-${position % BigInt(CUSTOMERS)}`;
  const positions: bigint[] = [];
  for (let position = after + 1n; position <= upTo; position++) {
    if (isWanted(customerId(position))) positions.push(position);
  }
  const good = positions.filter((position) => position % PARKED_EVERY !== 0n);
  const latest = new Map(good.map((position) => [Number(position % BigInt(CUSTOMERS)), position]));
  const touched = [...latest.values()];
  return {
    moments: good.map((position) =>
      momentRow({
        position,
        customerId: customerId(position),
        time: T0 + Number(position),
        score: Number(position) / 3,
      }),
    ),
    journeys: touched.map((version) =>
      journeyRow({
        version,
        customerId: customerId(version),
        score: Number(version) / 7,
        moments: Number(version / 7n),
      }),
    ),
    customers: touched.map((version) =>
      customerRow({ version, customerId: customerId(version), satisfaction: Number(version) / 9 }),
    ),
    promises: touched.map((version) =>
      promiseRow({ version, customerId: customerId(version), state: version % 2n === 0n ? 'open' : 'kept' }),
    ),
    complaints: touched.map((version) =>
      complaintRow({ version, customerId: customerId(version), answeredAt: T0 + Number(version) }),
    ),
    trustChanges: touched.map((version) =>
      trustChangeRow({ version, customerId: customerId(version), isDeleted: version % 3n === 0n }),
    ),
    parked: positions
      .filter((position) => position % PARKED_EVERY === 0n)
      .map((position) => parkedRow({ position, customerId: customerId(position) })),
  };
}

const TABLES = {
  moments: 'position',
  journeys: 'customer_id, journey_id',
  customers: 'customer_id',
  promises: 'customer_id, promise_id, expected',
  complaints: 'customer_id, complaint_id',
  trust_changes: 'customer_id, ordinal',
  parked: 'position',
} as const;

/**
 * Every table of a generation as readers see it: its rows in order, as JSON. `parked` contains only
 * events that are still parked.
 */
export async function dump(clickhouse: ClickHouse, generation: number): Promise<Record<string, unknown[]>> {
  const database = databaseOf(generation);
  const tables: Record<string, unknown[]> = {};
  for (const [table, order] of Object.entries(TABLES)) {
    const final = table === 'moments' ? '' : 'FINAL';
    const where = table === 'parked' ? 'WHERE retried_at = 0' : '';
    const sql = `SELECT * FROM {database:Identifier}.${table} ${final} ${where} ORDER BY ${order}`;
    tables[table] = await clickhouse.query(sql, { database }, z.unknown());
  }
  const checkpoint = 'SELECT position, moments, parked FROM {database:Identifier}.checkpoints FINAL';
  tables.checkpoints = await clickhouse.query(checkpoint, { database }, z.unknown());
  return tables;
}

/**
 * Tables whose versions are log positions; in the others a version names the batch that wrote the
 * row last, perhaps without a change.
 */
const VERSIONED_BY_LOG = new Set(['moments', 'customers', 'parked']);

/**
 * Like {@link dump}, without fields that depend on how the log was cut into batches and lanes:
 * equal logs give equal dumps.
 */
export async function dumpHoweverCut(clickhouse: ClickHouse, generation: number): Promise<Record<string, unknown[]>> {
  const { checkpoints: _, ...tables } = await dump(clickhouse, generation);
  const withoutVersion = (row: unknown) => ({ ...(row as object), version: undefined });
  return Object.fromEntries(
    Object.entries(tables).map(([table, rows]) => [
      table,
      VERSIONED_BY_LOG.has(table) ? rows : rows.map(withoutVersion),
    ]),
  );
}
