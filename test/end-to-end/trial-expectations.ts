import { shopDefinitions } from '@touchstone/demo-shop';
import {
  type CustomerView,
  decodeEvent,
  definitionsByType,
  foldCustomer,
  type JourneySummary,
  type MeasurementRules,
  policyV1,
  tellJourney,
  viewCustomer,
} from '@touchstone/journey';
import { expect } from 'vitest';
import { events, now } from './trial-shop.ts';

/**
 * The expected report of a trial, folded here from the published events, independently of the
 * product's comparison.
 */

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; their shape is tested with the routes.
export type Answer = any;

/** Folds every customer with these measures, without the system. */
function foldAll(measures: MeasurementRules): Map<string, CustomerView> {
  const streams = new Map<string, typeof events>();
  for (const event of events) {
    const stream = streams.get(event.subject!);
    if (stream === undefined) streams.set(event.subject!, [event]);
    else stream.push(event);
  }
  const views = new Map<string, CustomerView>();
  for (const [customerId, stream] of streams) {
    const decoded = stream.map((event) => decodeEvent({ body: JSON.stringify(event) }));
    views.set(customerId, viewCustomer(measures, foldCustomer(measures, customerId, decoded, now)!));
  }
  return views;
}

export const inForce: MeasurementRules = { policy: policyV1, definitions: definitionsByType(shopDefinitions) };

/** `before after` → number of pairs. */
function counted(pairs: readonly (readonly [unknown, unknown])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [before, after] of pairs) counts[`${before} ${after}`] = (counts[`${before} ${after}`] ?? 0) + 1;
  return counts;
}

const reported = (rows: readonly Answer[], count: string) =>
  Object.fromEntries(rows.map((row) => [`${row.before} ${row.after}`, row[count]]));

/** The expected report for these measures, from the folds. */
function expectation(after: MeasurementRules) {
  const [then, since] = [foldAll(inForce), foldAll(after)];
  const customers = [...then].map(([id, view]) => ({ id, before: view, after: since.get(id)! }));
  const journeys = customers.flatMap(({ id, before, after }) =>
    before.journeys.map((journey) => ({
      key: `${id}/${journey.id}`,
      before: journey,
      after: after.journeys.find((other) => other.id === journey.id)!,
    })),
  );
  return { customers, journeys };
}

const differs = (a: number | null, b: number | null) =>
  a === null ? b !== null : b === null || Math.abs(a - b) > 1e-9;
const journeyChanges = ({ before, after }: { before: JourneySummary; after: JourneySummary }) =>
  differs(before.score, after.score) || before.status !== after.status;

/** Requires the report to agree with the folds about every customer. */
export function expectReport(report: Answer, after: MeasurementRules): void {
  const { customers, journeys } = expectation(after);
  expect(report.faults).toEqual([]);
  expect(reported(report.stages, 'customers')).toEqual(
    counted(customers.map(({ before, after }) => [before.stage, after.stage])),
  );
  expect(reported(report.loyalty, 'customers')).toEqual(
    counted(customers.map(({ before, after }) => [before.loyalty, after.loyalty])),
  );
  expect(reported(report.levels, 'journeys')).toEqual(
    counted(journeys.map(({ before, after }) => [before.level, after.level])),
  );
  expect(reported(report.statuses, 'journeys')).toEqual(
    counted(journeys.map(({ before, after }) => [before.status, after.status])),
  );
  for (const row of report.types) {
    const scored = journeys.filter(({ before }) => before.type === row.type && before.score !== null);
    const change = scored.reduce((total, { before, after }) => total + after.score! - before.score!, 0) / scored.length;
    expect(row.meanScoreChange).toBeCloseTo(change, 9);
  }
  const changedJourneys = journeys.filter(journeyChanges);
  expect(report.journeys.map(({ customerId, id }: Answer) => `${customerId}/${id}`).sort()).toEqual(
    changedJourneys.map(({ key }) => key).sort(),
  );
  const changedCustomers = customers.filter(
    ({ before, after }) =>
      before.stage !== after.stage ||
      before.loyalty !== after.loyalty ||
      before.quietlyLeaving !== after.quietlyLeaving ||
      differs(before.satisfaction, after.satisfaction),
  );
  expect(report.customers.map(({ id }: Answer) => id).sort()).toEqual(changedCustomers.map(({ id }) => id).sort());
  expect(report.comparison).toMatchObject({
    isSameMeasures: false,
    after: { moments: events.length, parked: 0, events: events.length, isWhole: true },
    customers: { compared: customers.length },
    journeys: {
      compared: journeys.length,
      scoreChanged: journeys.filter(({ before, after }) => differs(before.score, after.score)).length,
    },
  });
}

/**
 * Requires the reasons for a journey's change to add up to it, and each to follow from the two
 * explanations.
 */
export function expectReasons(report: Answer, after: MeasurementRules): void {
  for (const journey of report.journeys) {
    const { moments, moreMoments, adjustments, limits } = journey.why;
    const stream = events.filter(({ subject }) => subject === journey.customerId);
    const tell = (measures: MeasurementRules) =>
      tellJourney(
        measures,
        journey.customerId,
        stream.map((event) => decodeEvent({ body: JSON.stringify(event) })),
        journey.id,
        now,
      )!;
    const [then, since] = [tell(inForce), tell(after)];
    expect([journey.scoreBefore, journey.scoreAfter]).toEqual([then.score, since.score]);
    expect(limits).toMatchObject({ capBefore: then.explanation.cap, capAfter: since.explanation.cap });
    if (moreMoments > 0 || then.score === null) continue;
    const points = [...moments, ...adjustments, limits].reduce((total, each) => total + each.points, 0);
    expect(points).toBeCloseTo(since.score! - then.score, 8);
  }
}
