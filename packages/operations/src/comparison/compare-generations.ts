import { isDeepStrictEqual } from 'node:util';
import type { Comparison } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';
import {
  type ClickHouse,
  type Compared,
  type CustomersCompared,
  compareCustomers,
  compareJourneys,
  compareTable,
  type JourneysCompared,
  type MomentsHeld,
  momentsHeld,
} from '@touchstone/read-models';
import { type Bounds, publishedUpTo } from './published-up-to.ts';

/** The comparison as the API answers it, with the rows that it was made of. */
export interface ComparedGenerations {
  readonly comparison: Comparison;
  readonly customers: readonly CustomersCompared[];
  readonly journeys: readonly JourneysCompared[];
  /** Whether both generations measured the same events the same way. */
  readonly isSameMoments: boolean;
}

export interface ToCompare {
  readonly store: EventStore;
  readonly clickhouse: ClickHouse;
  readonly compared: Compared;
  /**
   * Log position that both sides have reached. Either may be further by positions of its own, which
   * hold no published events.
   */
  readonly position: bigint;
  readonly before: MeasurementRules;
  readonly after: MeasurementRules;
  /** The product's now, ms; null in a log without times. */
  readonly now: number | null;
}

/**
 * Runs its queries one after the other, so that requests for lists are not kept waiting meanwhile.
 */
export async function compareGenerations(options: ToCompare): Promise<ComparedGenerations> {
  const { store, clickhouse, compared, position } = options;
  const events = await publishedUpTo(store, position);
  const before = await momentsHeld(clickhouse, compared.before);
  const after = await momentsHeld(clickhouse, compared.after);
  const tables = {
    customers: await compareTable(clickhouse, 'customers', compared),
    journeys: await compareTable(clickhouse, 'journeys', compared),
    promises: await compareTable(clickhouse, 'promises', compared),
    complaints: await compareTable(clickhouse, 'complaints', compared),
    trustChanges: await compareTable(clickhouse, 'trustChanges', compared),
  };
  const customers = await compareCustomers(clickhouse, compared, loyaltyTimes(options));
  const journeys = await compareJourneys(clickhouse, compared);
  const comparison = {
    isSameMeasures: isSameMeasures(options.before, options.after),
    before: conservationOf(position, before, events),
    after: conservationOf(position, after, events),
    tables,
    journeys: journeysInShort(journeys),
    customers: customersInShort(customers),
  };
  return { comparison, customers, journeys, isSameMoments: before.fingerprint === after.fingerprint };
}

/** The time and the purchase periods by which each side decides on loyalty. */
export function loyaltyTimes({ before, after, now }: Pick<ToCompare, 'before' | 'after' | 'now'>) {
  return {
    now: now ?? 0,
    purchaseDaysBefore: before.policy.loyalty.purchaseDays,
    purchaseDaysAfter: after.policy.loyalty.purchaseDays,
  };
}

/** Compares measures, whatever the order of definitions and of their parts. */
export function isSameMeasures(before: MeasurementRules, after: MeasurementRules): boolean {
  return isDeepStrictEqual(plain(before), plain(after));
}

function plain({ definitions, ...others }: MeasurementRules): unknown {
  return JSON.parse(JSON.stringify({ ...others, definitions: Object.fromEntries(definitions) }));
}

function conservationOf(position: bigint, { moments, parked, cut }: MomentsHeld, events: Bounds) {
  const held = moments + parked + cut;
  const counted = Math.min(events.most, Math.max(events.least, held));
  return { position, moments, parked, cut, events: counted, isWhole: counted === held };
}

function journeysInShort(rows: readonly JourneysCompared[]): Comparison['journeys'] {
  const scored = sum(rows, (row) => row.scored);
  return {
    compared: sum(rows, (row) => row.journeys),
    scoreChanged: sum(rows, (row) => row.scoreChanged),
    levelChanged: sum(rows, (row) => (row.levelBefore === row.levelAfter ? 0 : row.journeys)),
    statusChanged: sum(rows, (row) => (row.statusBefore === row.statusAfter ? 0 : row.journeys)),
    meanScoreBefore: mean(
      sum(rows, (row) => row.scoreSumBefore),
      scored,
    ),
    meanScoreAfter: mean(
      sum(rows, (row) => row.scoreSumAfter),
      scored,
    ),
  };
}

function customersInShort(rows: readonly CustomersCompared[]): Comparison['customers'] {
  const measured = sum(rows, (row) => row.measured);
  return {
    compared: sum(rows, (row) => row.customers),
    stageChanged: sum(rows, (row) => (row.stageBefore === row.stageAfter ? 0 : row.customers)),
    satisfactionChanged: sum(rows, (row) => row.satisfactionChanged),
    loyaltyChanged: sum(rows, (row) => (row.loyaltyBefore === row.loyaltyAfter ? 0 : row.customers)),
    quietlyLeavingBefore: sum(rows, (row) => row.quietlyLeavingBefore),
    quietlyLeavingAfter: sum(rows, (row) => row.quietlyLeavingAfter),
    meanSatisfactionBefore: mean(
      sum(rows, (row) => row.satisfactionSumBefore),
      measured,
    ),
    meanSatisfactionAfter: mean(
      sum(rows, (row) => row.satisfactionSumAfter),
      measured,
    ),
  };
}

export function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

export function mean(total: number, count: number): number | null {
  return count === 0 ? null : total / count;
}
