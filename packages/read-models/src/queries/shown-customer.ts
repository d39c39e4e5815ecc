import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { instant } from './answer-fields.ts';
import { milliseconds } from './conditions.ts';
import { type CustomerItem, listCustomers } from './list-customers.ts';
import { type JourneyItem, listJourneys } from './list-journeys.ts';
import { listTrustChanges, type TrustChangeItem } from './list-trust-changes.ts';
import { parkedOf } from './to-audit.ts';

/** A page of journeys, or of changes of the stage, holds no more. */
const ENTRIES_MAX = 500;

const dueRow = z.object({ nextDueAt: instant.nullable() });

/** Whom to look for, and as of when; times in ms. */
interface Wanted {
  readonly customerId: string;
  readonly now: number;
  /** policy.loyalty.purchaseDays */
  readonly purchaseDays: number;
}

/** What rows say of one customer: the first 500 journeys, and the last 500 changes of the stage, in the order in which they came about. */
export interface ShownCustomer {
  readonly customer: CustomerItem;
  readonly history: readonly TrustChangeItem[];
  readonly journeys: readonly JourneyItem[];
  readonly parkedEvents: number;
  /** Of what fell due, ms, all that did strictly before is shown. */
  readonly settledTo: number;
}

/** Null of a customer of whom there is no row. Each table as it is at its own instant. */
export async function shownCustomer(
  clickhouse: ClickHouse,
  generation: number,
  wanted: Wanted,
): Promise<ShownCustomer | null> {
  const { customerId } = wanted;
  const some = { customerId, limit: ENTRIES_MAX };
  const [customers, history, journeys, parked, settledTo] = await Promise.all([
    listCustomers(clickhouse, generation, { ...wanted, limit: 1 }),
    listTrustChanges(clickhouse, generation, some),
    listJourneys(clickhouse, generation, { ...some, sort: 'startedAt' }),
    parkedOf(clickhouse, generation, customerId),
    settledToOf(clickhouse, generation, wanted),
  ]);
  const [customer] = customers.items;
  if (customer === undefined) return null;
  return {
    customer,
    history: history.items.toReversed(),
    journeys: journeys.items,
    parkedEvents: parked.size,
    settledTo,
  };
}

export interface ShownJourney extends Pick<ShownCustomer, 'parkedEvents' | 'settledTo'> {
  readonly journey: JourneyItem;
}

/** Null of a journey of which there is no row. */
export async function shownJourney(
  clickhouse: ClickHouse,
  generation: number,
  wanted: Omit<Wanted, 'purchaseDays'> & { readonly journeyId: string },
): Promise<ShownJourney | null> {
  const { customerId, journeyId } = wanted;
  const [journeys, parked, settledTo] = await Promise.all([
    listJourneys(clickhouse, generation, { customerId, journeyId, limit: 1 }),
    parkedOf(clickhouse, generation, customerId),
    settledToOf(clickhouse, generation, wanted),
  ]);
  const [journey] = journeys.items;
  return journey === undefined ? null : { journey, parkedEvents: parked.size, settledTo };
}

async function settledToOf(
  clickhouse: ClickHouse,
  generation: number,
  { customerId, now }: Omit<Wanted, 'purchaseDays'>,
): Promise<number> {
  const [row] = await clickhouse.query(
    `SELECT ${milliseconds('next_due_at')} AS nextDueAt FROM {database:Identifier}.customers FINAL
     WHERE customer_id = {customerId:String}`,
    { database: databaseOf(generation), customerId },
    dueRow,
  );
  return Math.min(now, row?.nextDueAt ?? now);
}
