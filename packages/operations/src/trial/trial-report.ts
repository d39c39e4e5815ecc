import { isDeepStrictEqual } from 'node:util';
import type { TrialReport } from '@touchstone/api';
import { type CustomerFolds, foldsHere, toldCut } from '@touchstone/customer-folds';
import {
  changedConstants,
  type JourneyDifference,
  type Level,
  type MeasurementRules,
  type TrustDifference,
} from '@touchstone/journey';
import {
  type ChangedCustomer,
  type ChangedJourney,
  type CustomersCompared,
  type JourneysCompared,
  mostChangedCustomers,
  mostChangedJourneys,
} from '@touchstone/read-models';
import { compareGenerations, loyaltyTimes, mean, sum, type ToCompare } from '../comparison/compare-generations.ts';

/** Both sides are settled to `now`. */
export interface ToReport extends ToCompare {
  /** Where customers are folded. */
  readonly folds?: CustomerFolds | undefined;
  /** Upper limit of the customers, and of the journeys, that are listed one by one. */
  readonly limit: number;
  readonly onCompared: () => void;
  readonly signal: AbortSignal;
}

/** Upper limit of the moments listed per journey: those that differ most. */
const MOMENTS_MAX = 20;

/** Reports who changes, by how much, and why: numbers from the tables, reasons from the log. */
export async function reportTrial(options: ToReport): Promise<TrialReport> {
  const { clickhouse, compared, before, after, limit, signal, now } = options;
  const { comparison, customers, journeys } = await compareGenerations(options);
  signal.throwIfAborted();
  const changedJourneys = await mostChangedJourneys(clickhouse, compared, { limit });
  const changedCustomers = await mostChangedCustomers(clickhouse, compared, { limit, ...loyaltyTimes(options) });
  options.onCompared();
  const customersBy = <Value extends string>(valuesOf: (row: CustomersCompared) => readonly [Value, Value]) =>
    pairs(customers, (row) => row.customers, valuesOf).map(({ count, ...pair }) => ({ ...pair, customers: count }));
  const journeysBy = <Value extends string | null>(valuesOf: (row: JourneysCompared) => readonly [Value, Value]) =>
    pairs(journeys, (row) => row.journeys, valuesOf).map(({ count, ...pair }) => ({ ...pair, journeys: count }));
  const faults: string[] = [];
  if (!comparison.after.isWhole) faults.push('the trial does not hold every event of the log: do not rely on it');
  const told = { journeys: [] as TrialReport['journeys'], customers: [] as TrialReport['customers'] };
  for (const each of changedJourneys) {
    signal.throwIfAborted();
    told.journeys.push(await tellChangedJourney(options, each, faults));
  }
  for (const each of changedCustomers) {
    signal.throwIfAborted();
    told.customers.push(await tellChangedCustomer(options, each));
  }
  return {
    comparison,
    now,
    changes: {
      definitions: otherDefinitions(before, after),
      policy: [...changedConstants(before.policy, after.policy)],
    },
    stages: customersBy(({ stageBefore, stageAfter }) => [stageBefore, stageAfter]),
    loyalty: customersBy(({ loyaltyBefore, loyaltyAfter }) => [loyaltyBefore, loyaltyAfter]),
    levels: journeysBy(({ levelBefore, levelAfter }) => [levelOf(levelBefore), levelOf(levelAfter)]),
    statuses: journeysBy(({ statusBefore, statusAfter }) => [statusBefore, statusAfter]),
    types: byType(journeys),
    ...told,
    faults,
  };
}

function otherDefinitions(
  { definitions: before }: MeasurementRules,
  { definitions: after }: MeasurementRules,
): string[] {
  const types = [...new Set([...before.keys(), ...after.keys()])].sort();
  const plain = (definition: unknown) => (definition === undefined ? null : JSON.parse(JSON.stringify(definition)));
  return types.filter((type) => !isDeepStrictEqual(plain(before.get(type)), plain(after.get(type))));
}

/** Counts the rows per pair of values before and after. */
function pairs<Row, Value extends string | null>(
  rows: readonly Row[],
  countOf: (row: Row) => number,
  valuesOf: (row: Row) => readonly [Value, Value],
): { before: Value; after: Value; count: number }[] {
  const counted = new Map<string, { before: Value; after: Value; count: number }>();
  for (const row of rows) {
    const [before, after] = valuesOf(row);
    const key = JSON.stringify([before, after]);
    counted.set(key, { before, after, count: (counted.get(key)?.count ?? 0) + countOf(row) });
  }
  return [...counted.values()];
}

function byType(rows: readonly JourneysCompared[]): TrialReport['types'] {
  return [...new Set(rows.map(({ type }) => type))].map((type) => {
    const own = rows.filter((row) => row.type === type);
    const scored = sum(own, (row) => row.scored);
    const before = sum(own, (row) => row.scoreSumBefore);
    const after = sum(own, (row) => row.scoreSumAfter);
    return {
      type,
      journeys: sum(own, (row) => row.journeys),
      scoreChanged: sum(own, (row) => row.scoreChanged),
      meanScoreBefore: mean(before, scored),
      meanScoreAfter: mean(after, scored),
      meanScoreChange: mean(after - before, scored),
    };
  });
}

async function tellChangedJourney(
  { store, folds = foldsHere, position: upTo, before, after, now }: ToReport,
  journey: ChangedJourney,
  faults: string[],
): Promise<TrialReport['journeys'][number]> {
  const { customerId, journeyId: id, type, scoreBefore, scoreAfter, statusBefore, statusAfter } = journey;
  const { result: told } = await folds.fold(store, {
    task: 'journey-told-twice',
    customerId,
    given: () => ({ before, after, now: now ?? 0, journeyId: id, momentsMax: MOMENTS_MAX }),
    range: { upTo, after: (await toldCut(store, customerId, upTo))?.upTo },
  });
  const isAsTold = told.scoreBefore === scoreBefore && told.scoreAfter === scoreAfter;
  if (!isAsTold) {
    faults.push(
      `journey ${id} of customer ${customerId} is in the tables with ${scoreBefore} and ${scoreAfter}; the log makes it ${told.scoreBefore} and ${told.scoreAfter}`,
    );
  }
  return {
    id,
    type,
    customerId,
    scoreBefore,
    scoreAfter,
    levelBefore: levelOf(journey.levelBefore),
    levelAfter: levelOf(journey.levelAfter),
    statusBefore,
    statusAfter,
    why: whyJourney(told.difference ?? NOTHING, told.moreMoments),
  };
}

const NOTHING: JourneyDifference = {
  moments: [],
  adjustments: [],
  limits: { capBefore: null, capAfter: null, points: 0 },
};

function whyJourney(
  { moments, adjustments, limits }: JourneyDifference,
  moreMoments: number,
): TrialReport['journeys'][number]['why'] {
  return {
    moments: [...moments],
    moreMoments,
    adjustments: [...adjustments],
    limits,
  };
}

async function tellChangedCustomer(
  { store, folds = foldsHere, position: upTo, before, after, now }: ToReport,
  customer: ChangedCustomer,
): Promise<TrialReport['customers'][number]> {
  const { customerId, ...change } = customer;
  const { result } = await folds.fold(store, {
    task: 'first-differing-move',
    customerId,
    given: () => ({ before, after, now: now ?? 0 }),
    range: { upTo, after: (await toldCut(store, customerId, upTo))?.upTo },
  });
  return { id: customerId, ...change, why: result === null ? null : whyCustomer(result) };
}

function whyCustomer({ missing, ...difference }: TrustDifference) {
  return { ...difference, missing: missing && { ...missing, requirements: [...missing.requirements] } };
}

function levelOf(level: string): Level | null {
  return level === '' ? null : (level as Level);
}
