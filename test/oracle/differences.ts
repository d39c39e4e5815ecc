import type { CustomerView, JourneyView } from '@touchstone/journey';
import type { JourneyMeasures } from './journeys.ts';
import type { CustomerMeasures } from './measure.ts';

/** How far a number may lie from the expected one: the same for all, or by that number. */
type Tolerance = number | ((expected: number) => number);

/**
 * The differences between two answers, one line each, `path: expected … got …`; numbers may differ
 * by `within`.
 */
export function differences(expected: unknown, got: unknown, within: Tolerance, path = ''): string[] {
  if (typeof expected === 'number' && typeof got === 'number') {
    const tolerated = typeof within === 'number' ? within : within(expected);
    return Math.abs(expected - got) <= tolerated ? [] : [`${path}: expected ${expected} got ${got}`];
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) return [`${path}.length: expected ${show(expected)} got ${show(got)}`];
    return expected.flatMap((value, index) => differences(value, got[index], within, `${path}[${index}]`));
  }
  if (isRecord(expected) && isRecord(got)) {
    return Object.keys(expected).flatMap((name) =>
      differences(expected[name], got[name], within, path === '' ? name : `${path}.${name}`),
    );
  }
  return Object.is(expected, got) ? [] : [`${path}: expected ${show(expected)} got ${show(got)}`];
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The customer that the oracle expects, in the shape of the product's view. */
export function expectedCustomer(measured: CustomerMeasures): Partial<Record<keyof CustomerView, unknown>> {
  const { journeys, promises, complaints, ...customer } = measured;
  return { ...customer, journeys: [...journeys.values()].map(expectedSummary) };
}

/** The customer's promises that the oracle expects, in log order. */
export function expectedPromises({ promises }: CustomerMeasures) {
  return promises.map(({ id, isExpected, journeyId, dueAt, state, closedAt }) => {
    return { id, expected: isExpected, journeyId: journeyId ?? null, dueAt, state, closedAt: closedAt ?? null };
  });
}

/** The customer's complaints that the oracle expects, in log order. */
export function expectedComplaints({ complaints }: CustomerMeasures) {
  return complaints.map(({ id, journeyId, touchpoint, raisedAt, isOpen }) => {
    return { id, journeyId: journeyId ?? null, touchpoint: touchpoint ?? null, raisedAt, isOpen };
  });
}

/** The journey that the oracle expects in a list. */
export function expectedSummary(measured: JourneyMeasures): Omit<JourneyMeasures, 'shares' | 'adjustments' | 'cap'> {
  const { shares, adjustments, cap, ...summary } = measured;
  return summary;
}

/** The journey that the oracle expects as a single answer. */
export function expectedJourney(measured: JourneyMeasures): Partial<Record<keyof JourneyView, unknown>> {
  const { shares, adjustments, cap } = measured;
  return {
    ...expectedSummary(measured),
    explanation: {
      moments: shares,
      adjustments: [
        { kind: 'broken-promises', points: adjustments.brokenPromises },
        { kind: 'open-complaints', points: adjustments.openComplaints },
      ].filter(({ points }) => points !== 0),
      cap,
      score: measured.score,
    },
  };
}

/**
 * Whether the shares, adjustments, clamp and cap of the oracle's own answer result in its score.
 */
export function addsUp({ shares, adjustments, cap, score }: JourneyMeasures): boolean {
  if (score === null) return shares.length === 0;
  const blend = shares.reduce((sum, { share, score: points }) => sum + share * points, 0);
  const clamped = Math.min(100, Math.max(0, blend + adjustments.brokenPromises + adjustments.openComplaints));
  return Math.abs(Math.min(clamped, cap ?? 100) - score) <= 1e-9;
}
