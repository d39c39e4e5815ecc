import {
  type ComplaintState,
  type CustomerState,
  hasAttitude,
  isSatisfied,
  type JourneyState,
  journeyScore,
  lastPurchaseAt,
  levelOf,
  type MeasurementRules,
  nextDueAt,
  nthLastPurchaseAt,
  type Opening,
  type PromiseState,
  recentIncidents,
  type TrustChange,
  tolerableSilence,
} from '@touchstone/journey';
import type { ComplaintRow, CustomerRow, JourneyRow, PromiseRow, TrustChangeRow } from '@touchstone/read-models';
import {
  proofOfComplaint,
  proofOfCustomer,
  proofOfJourney,
  proofOfPromise,
  proofOfTrustChange,
} from '@touchstone/read-models/encoding';
import type { Shown } from './tracked-customer.ts';

/** A row under construction: its proof is computed last, from its other columns. */
type Made<Row extends { readonly proof: number }> = Omit<Row, 'proof'> & { proof: number };

/** Rows of one customer, each a pure function of the state and its log position. */

export function journeyRow(
  measures: MeasurementRules,
  state: CustomerState,
  journey: JourneyState,
  version: bigint,
): JourneyRow {
  const score = journeyScore(measures.policy, journey);
  const row: Made<JourneyRow> = {
    version,
    customerId: state.customerId,
    journeyId: journey.id,
    type: journey.type,
    status: journey.status,
    startedAt: journey.startedAt,
    lastAt: journey.lastAt,
    endedAt: journey.endedAt,
    score,
    level: score === null ? '' : levelOf(score),
    moments: journey.moments,
    failures: journey.failures,
    brokenPromises: journey.brokenPromises,
    promisesKeptLate: journey.promisesKeptLate,
    openComplaints: journey.openComplaints,
    touchpoints: [...journey.touchpoints],
    channels: [...journey.channels],
    attributes: Object.fromEntries(journey.attributes),
    standing: Object.fromEntries(journey.standing),
    proof: 0,
  };
  row.proof = proofOfJourney(row);
  return row;
}

/**
 * `lastAt` is the customer's own clock, set by their events; the state may be settled beyond it.
 */
export function customerRow(
  measures: MeasurementRules,
  { state, untoldAt }: Pick<Shown, 'state' | 'untoldAt'>,
  lastAt: number,
  version: bigint,
): CustomerRow {
  const { trust } = state;
  const { policy } = measures;
  const row: Made<CustomerRow> = {
    version,
    customerId: state.customerId,
    stage: trust.stage,
    since: trust.since,
    satisfaction: trust.satisfaction,
    satisfiedMoments: trust.satisfiedMoments,
    streak: trust.streak,
    delights: trust.delights,
    purchases: trust.purchases.size,
    incidents: recentIncidents(policy, state),
    journeys: state.journeys.size,
    moments: trust.moments,
    firstAt: state.firstAt!,
    lastAt,
    attitude: hasAttitude(policy, state),
    satisfied: isSatisfied(policy, state),
    nthLastPurchaseAt: nthLastPurchaseAt(policy, state),
    lastMomentAt: trust.lastMoment,
    lastPurchaseAt: lastPurchaseAt(state),
    silenceMs: tolerableSilence(policy, state),
    latestTeam: state.latestMoment?.team ?? '',
    nextDueAt: nextDueAt(measures, state),
    untoldAt,
    proof: 0,
  };
  row.proof = proofOfCustomer(row);
  return row;
}

export function promiseRow(state: CustomerState, promise: PromiseState, version: bigint): PromiseRow {
  const row: Made<PromiseRow> = {
    version,
    customerId: state.customerId,
    promiseId: promise.id,
    expected: promise.isExpected,
    journeyId: promise.journeyId ?? '',
    journeyType: journeyTypeOf(state, promise.journeyId),
    touchpoint: promise.touchpoint ?? '',
    what: promise.what ?? '',
    channel: promise.channel ?? '',
    ...openedBy(promise.opening),
    madeAt: promise.madeAt,
    dueAt: promise.dueAt,
    state: promise.state,
    closedAt: promise.closedAt,
    proof: 0,
  };
  row.proof = proofOfPromise(row);
  return row;
}

export function complaintRow(state: CustomerState, complaint: ComplaintState, version: bigint): ComplaintRow {
  const row: Made<ComplaintRow> = {
    version,
    customerId: state.customerId,
    complaintId: complaint.id,
    journeyId: complaint.journeyId ?? '',
    journeyType: journeyTypeOf(state, complaint.journeyId),
    touchpoint: complaint.touchpoint ?? '',
    channel: complaint.channel ?? '',
    severity: complaint.severity === null ? '' : String(complaint.severity),
    ...openedBy(complaint.opening),
    raisedAt: complaint.raisedAt,
    answeredAt: complaint.answeredAt,
    resolvedAt: complaint.resolvedAt,
    followedUpAt: complaint.followedUpAt,
    firstContact: complaint.firstContact,
    satisfaction: complaint.satisfaction,
    followUpSatisfaction: complaint.followUpSatisfaction,
    proof: 0,
  };
  row.proof = proofOfComplaint(row);
  return row;
}

export function trustChangeRow(
  customerId: string,
  ordinal: number,
  change: TrustChange,
  version: bigint,
  isDeleted = false,
): TrustChangeRow {
  const row: Made<TrustChangeRow> = { version, customerId, ordinal, ...change, isDeleted, proof: 0 };
  row.proof = proofOfTrustChange(row);
  return row;
}

/** The columns of a ledger that come from the event which opened the entry. */
function openedBy(opening: Opening | null) {
  return {
    actorTeam: opening?.team ?? '',
    actorSite: opening?.site ?? '',
    attributes: opening === null ? {} : Object.fromEntries(opening.attributes),
  };
}

function journeyTypeOf(state: CustomerState, journeyId: string | null): string {
  return journeyId === null ? '' : state.journeys.get(journeyId)!.type;
}
