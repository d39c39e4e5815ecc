import { type CustomerState, type MeasurementRules, summariseJourney } from '@touchstone/journey';

/** Each kind of row as one text, so that a comparison can show whatever differs. */
export interface Shown {
  readonly customer: string;
  readonly journeys: string;
  readonly promises: string;
  readonly complaints: string;
  readonly trustChanges: string;
}

export const NOBODY: Shown = {
  customer: 'nobody',
  journeys: '[]',
  promises: '[]',
  complaints: '[]',
  trustChanges: '[]',
};

/**
 * The rows of a customer whose state is settled to now, without the columns that only lists need.
 */
export function shownOf(measures: MeasurementRules, state: CustomerState): Shown {
  const { stage, satisfaction, satisfiedMoments, delights, purchases } = state.trust;
  const customer = { stage, satisfaction, satisfiedMoments, delights, purchases: purchases.size };
  const journeys = inOrder(state.journeys).map((each) => {
    const {
      id: journeyId,
      status,
      score,
      moments,
      failures,
      brokenPromises,
      openComplaints,
    } = summariseJourney(measures, state, each);
    return { journeyId, status, score, moments, failures, brokenPromises, openComplaints };
  });
  return {
    customer: JSON.stringify(customer),
    journeys: JSON.stringify(journeys),
    promises: JSON.stringify(
      inOrder(state.promises).map(({ id, isExpected, state }) => ({ promiseId: id, expected: isExpected, state })),
    ),
    complaints: JSON.stringify(
      inOrder(state.complaints).map(({ id, resolvedAt }) => ({ complaintId: id, resolvedAt })),
    ),
    trustChanges: JSON.stringify(state.history.map(({ from, to, because }) => ({ from, to, because }))),
  };
}

/** Orders by the bytes of keys, as ClickHouse does. */
function inOrder<Value>(all: ReadonlyMap<string, Value>): readonly Value[] {
  return [...all].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, value]) => value);
}
