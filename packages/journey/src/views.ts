import { atLeast } from './comparisons.ts';
import { daysMs } from './instant.ts';
import { journeyScore } from './journey-score.ts';
import { type Level, levelOf } from './levels.ts';
import type { Policy } from './policy.ts';
import { lastTime, timeAt } from './sorted-times.ts';
import {
  type CustomerState,
  type JourneyState,
  type MeasurementRules,
  type Stage,
  stages,
  type TrustChange,
} from './state.ts';
import { type Requirement, requirementsOf } from './trust.ts';
import { rhythmOf } from './visits.ts';

/** A journey in the form that lists show. Times in ms, scores 0..100 and unrounded. */
export interface JourneySummary {
  readonly id: string;
  readonly type: string;
  readonly customerId: string;
  readonly status: 'open' | 'completed' | 'abandoned';
  /** Its least event time. */
  readonly startedAt: number;
  /** Its greatest event time. */
  readonly lastAt: number;
  readonly endedAt: number | null;
  readonly score: number | null;
  readonly level: Level | null;
  readonly moments: number;
  readonly failures: number;
  /** Promises not kept in time: broken, or kept late. */
  readonly brokenPromises: number;
  /** The number of those that were kept late. */
  readonly promisesKeptLate: number;
  readonly openComplaints: number;
}

export function summariseJourney(
  measures: MeasurementRules,
  state: CustomerState,
  journey: JourneyState,
): JourneySummary {
  const score = journeyScore(measures.policy, journey);
  return {
    id: journey.id,
    type: journey.type,
    customerId: state.customerId,
    status: journey.status,
    startedAt: journey.startedAt,
    lastAt: journey.lastAt,
    endedAt: journey.endedAt,
    score,
    level: score === null ? null : levelOf(score),
    moments: journey.moments,
    failures: journey.failures,
    brokenPromises: journey.brokenPromises,
    promisesKeptLate: journey.promisesKeptLate,
    openComplaints: journey.openComplaints,
  };
}

/** Dick & Basu 1994: attitude and behaviour together make loyalty. */
export type Loyalty = 'true' | 'latent' | 'spurious' | 'none';

/** Whether the customer has a loyal attitude, regardless of behaviour. */
export function hasAttitude(policy: Policy, state: CustomerState): boolean {
  const { satisfaction, satisfiedMoments } = state.trust;
  const rules = policy.loyalty;
  return (
    satisfaction !== null && atLeast(satisfaction, rules.satisfaction) && satisfiedMoments >= rules.satisfiedMoments
  );
}

/** Whether S is high enough to call the customer satisfied. */
export function isSatisfied(policy: Policy, state: CustomerState): boolean {
  return state.trust.satisfaction !== null && atLeast(state.trust.satisfaction, policy.trust.satisfied);
}

export function lastPurchaseAt(state: CustomerState): number | null {
  return lastTime(state.trust.purchases) ?? null;
}

/**
 * Time of the purchase whose age decides on loyal behaviour: the n-th last, n =
 * policy.loyalty.purchases.
 */
export function nthLastPurchaseAt(policy: Policy, state: CustomerState): number | null {
  return timeAt(state.trust.purchases, -policy.loyalty.purchases) ?? null;
}

/** Loyalty at the customer's clock: settle to now first. */
export function loyaltyOf(policy: Policy, state: CustomerState): Loyalty {
  const purchase = nthLastPurchaseAt(policy, state);
  const behaviour = purchase !== null && purchase > state.clock! - daysMs(policy.loyalty.purchaseDays);
  if (hasAttitude(policy, state)) return behaviour ? 'true' : 'latent';
  return behaviour ? 'spurious' : 'none';
}

/** Time of the customer's last sign, from which silence counts, ms; null if there is none. */
export function silentSince(state: CustomerState): number | null {
  const { lastMoment } = state.trust;
  const purchase = lastPurchaseAt(state);
  return lastMoment === null || purchase === null ? (lastMoment ?? purchase) : Math.max(lastMoment, purchase);
}

/**
 * The longest tolerable silence in ms: by the rhythm of the customer's own visits, or by the
 * policy's days for a customer without a rhythm.
 */
export function tolerableSilence(policy: Policy, state: CustomerState): number {
  const { silenceGaps, silenceVisits, silenceDaysMin, silenceDays } = policy.loyalty;
  const rhythm = rhythmOf(state, silenceVisits);
  return rhythm === null ? daysMs(silenceDays) : Math.max(silenceGaps * rhythm, daysMs(silenceDaysMin));
}

/**
 * A satisfied customer is not always loyal. Evaluated at the customer's clock: settle to now first.
 */
export function isQuietlyLeaving(policy: Policy, state: CustomerState): boolean {
  const since = silentSince(state);
  return isSatisfied(policy, state) && since !== null && state.clock! - since > tolerableSilence(policy, state);
}

/** A customer in the form that lists show. Times in ms. */
export interface CustomerSummary {
  readonly id: string;
  readonly stage: Stage;
  readonly since: number | null;
  readonly satisfaction: number | null;
  readonly satisfiedMoments: number;
  readonly delights: number;
  readonly purchases: number;
  readonly loyalty: Loyalty;
  readonly quietlyLeaving: boolean;
}

/** The complete answer on one customer. */
export interface CustomerView extends CustomerSummary {
  readonly history: readonly TrustChange[];
  readonly journeys: readonly JourneySummary[];
  /** The unmet requirements of the next stage; null at the highest. */
  readonly next: { readonly stage: Stage; readonly missing: readonly Requirement[] } | null;
}

/** The view at the customer's clock: settle to now first. */
export function viewCustomer(measures: MeasurementRules, state: CustomerState): CustomerView {
  const { policy } = measures;
  const { trust } = state;
  const above = stages[stages.indexOf(trust.stage) + 1];
  return {
    id: state.customerId,
    stage: trust.stage,
    since: trust.since,
    satisfaction: trust.satisfaction,
    satisfiedMoments: trust.satisfiedMoments,
    delights: trust.delights,
    purchases: trust.purchases.size,
    loyalty: loyaltyOf(policy, state),
    quietlyLeaving: isQuietlyLeaving(policy, state),
    history: [...state.history],
    journeys: Array.from(state.journeys.values(), (journey) => summariseJourney(measures, state, journey)),
    next:
      above === undefined
        ? null
        : { stage: above, missing: requirementsOf(policy, state).filter((requirement) => !requirement.met) },
  };
}
