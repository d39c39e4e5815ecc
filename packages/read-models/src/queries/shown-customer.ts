import { z } from 'zod';
import { instant, position } from '../engine/answer-fields.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { milliseconds } from '../engine/sql-time.ts';
import { databaseOf } from '../generations/generations.ts';
import { type CustomerItem, listCustomers } from './list-customers.ts';
import { type JourneyItem, listJourneys } from './list-journeys.ts';
import { listTrustChanges, type TrustChangeItem } from './list-trust-changes.ts';
import { parkedOf } from './to-audit.ts';

/** Maximum length of a page of journeys, or of stage changes. */
const ENTRIES_MAX = 500;

const dueRow = z.object({ nextDueAt: instant.nullable() });
const cutRow = z.object({ upTo: position, recordedFrom: instant });

/** Events of a customer that have left the log, as the rows know it. */
export interface ShownCut {
  /** Position of the last of them. */
  readonly upTo: bigint;
  /** When the first event that is left was recorded, ms; null where no row tells of one. */
  readonly from: number | null;
}

/** The customer and the time of the query; times in ms since 1970. */
interface Wanted {
  readonly customerId: string;
  readonly now: number;
  /** policy.loyalty.purchaseDays */
  readonly purchaseDays: number;
}

/**
 * The rows of one customer: the first 500 journeys, and the last 500 stage changes in the order of
 * their occurrence.
 */
export interface ShownCustomer {
  readonly customer: CustomerItem;
  readonly history: readonly TrustChangeItem[];
  readonly journeys: readonly JourneyItem[];
  readonly parkedEvents: number;
  /** All deadlines strictly before this time, in ms, are shown. */
  readonly settledTo: number;
  /** Null if no row tells of events that have left. */
  readonly cut: ShownCut | null;
}

/** Null if the customer has no row. Each table is read at its own instant. */
export async function shownCustomer(
  clickhouse: ClickHouse,
  generation: number,
  wanted: Wanted,
): Promise<ShownCustomer | null> {
  const { customerId } = wanted;
  const some = { customerId, limit: ENTRIES_MAX };
  const [customers, history, journeys, parked, settledTo, cut] = await Promise.all([
    listCustomers(clickhouse, generation, { ...wanted, limit: 1 }),
    listTrustChanges(clickhouse, generation, some),
    listJourneys(clickhouse, generation, { ...some, sort: 'startedAt' }),
    parkedOf(clickhouse, generation, customerId),
    settledToOf(clickhouse, generation, wanted),
    cutOf(clickhouse, generation, customerId),
  ]);
  const [customer] = customers.items;
  if (customer === undefined) return null;
  return {
    customer,
    history: history.items.toReversed(),
    journeys: journeys.items,
    parkedEvents: parked.size,
    settledTo,
    cut,
  };
}

export interface ShownJourney extends Pick<ShownCustomer, 'parkedEvents' | 'settledTo' | 'cut'> {
  readonly journey: JourneyItem;
}

/** Null if the journey has no row. */
export async function shownJourney(
  clickhouse: ClickHouse,
  generation: number,
  wanted: Omit<Wanted, 'purchaseDays'> & { readonly journeyId: string },
): Promise<ShownJourney | null> {
  const { customerId, journeyId } = wanted;
  const [journeys, parked, settledTo, cut] = await Promise.all([
    listJourneys(clickhouse, generation, { customerId, journeyId, limit: 1 }),
    parkedOf(clickhouse, generation, customerId),
    settledToOf(clickhouse, generation, wanted),
    cutOf(clickhouse, generation, customerId),
  ]);
  const [journey] = journeys.items;
  return journey === undefined ? null : { journey, parkedEvents: parked.size, settledTo, cut };
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

async function cutOf(clickhouse: ClickHouse, generation: number, customerId: string): Promise<ShownCut | null> {
  const [row] = await clickhouse.query(
    `SELECT toString((SELECT max(position) FROM {database:Identifier}.left_events
                      WHERE customer_id = {customerId:String})) AS upTo,
            (SELECT ${milliseconds('min(recorded_at)')} FROM {database:Identifier}.moments
             WHERE customer_id = {customerId:String}) AS recordedFrom`,
    { database: databaseOf(generation), customerId },
    cutRow,
  );
  // ClickHouse says 0 for the greatest and the least of no rows.
  if (row === undefined || row.upTo === 0n) return null;
  return { upTo: row.upTo, from: row.recordedFrom === 0 ? null : row.recordedFrom };
}
