import { atLeast } from './comparisons.ts';
import { oldestComplaint } from './complaint-deadlines.ts';
import { recentIncidents } from './incidents.ts';
import { DAY_MS, daysMs } from './instant.ts';
import type { MomentScore } from './moment-score.ts';
import type { Policy } from './policy.ts';
import { countFrom, firstTime, lastTime } from './sorted-times.ts';
import {
  type CustomerState,
  type Stage,
  stages,
  type TrustChange,
  type TrustReason,
  type TrustState,
} from './state.ts';

/** Adds a scored event at time `at` to the facts that the trust stage depends on. */
export function addToTrust(policy: Policy, trust: TrustState, measured: MomentScore, at: number): void {
  const { score, verdict } = measured;
  trust.satisfaction =
    trust.satisfaction === null ? score : trust.satisfaction + policy.trust.smoothing * (score - trust.satisfaction);
  if (atLeast(score, policy.trust.satisfied)) {
    trust.satisfiedMoments++;
    if (trust.streak === 0) trust.streakStart = at;
    trust.streak++;
  } else {
    trust.streak = 0;
    trust.streakStart = null;
  }
  if (verdict === 'exceeded') trust.delights++;
  trust.lastMoment = trust.lastMoment === null ? at : Math.max(trust.lastMoment, at);
}

/** Number of unrecovered critical failures that are recent enough to block trust. */
export function standingFailures(policy: Policy, state: CustomerState): number {
  return countFrom(state.standing, state.clock! - daysMs(policy.trust.criticalDays) + 1);
}

/**
 * The time at which the stage is lost to silence or missing purchases, if nothing else happens;
 * null for `none`.
 */
export function idleDeadline(policy: Policy, trust: TrustState): number | null {
  switch (trust.stage) {
    case 'none':
      return null;
    case 'cognitive':
      return lastSign(trust, trust.lastMoment) + daysMs(policy.trust.cognitive.idleDays);
    case 'affective':
      return lastSign(trust, trust.lastMoment) + daysMs(policy.trust.affective.idleDays);
    case 'behavioural':
      return lastSign(trust, lastTime(trust.purchases) ?? null) + daysMs(policy.trust.behavioural.noPurchaseDays);
  }
}

function lastSign(trust: TrustState, sign: number | null): number {
  return Math.max(sign ?? Number.NEGATIVE_INFINITY, trust.since!);
}

/**
 * Evaluates the stage once, at the customer's clock: one step down if a loss applies, else one step
 * up if it is earned.
 */
export function evaluateStage(policy: Policy, state: CustomerState): TrustChange | null {
  return evaluateLosses(policy, state) ?? evaluatePromotion(policy, state);
}

/** Moves one step down if a loss applies. */
export function evaluateLosses(policy: Policy, state: CustomerState): TrustChange | null {
  const because = lossOf(policy, state);
  if (because === null) return null;
  if (because === 'idle') {
    state.trust.streak = 0;
    state.trust.streakStart = null;
  }
  return move(state, stages[stages.indexOf(state.trust.stage) - 1]!, because);
}

function evaluatePromotion(policy: Policy, state: CustomerState): TrustChange | null {
  const { stage, satisfaction } = state.trust;
  if (stage === 'behavioural' || satisfaction === null) return null;
  for (const requirement of requirementsOf(policy, state)) if (!requirement.met) return null;
  return move(state, stages[stages.indexOf(stage) + 1]!, 'earned');
}

/**
 * Moves to a stage at the customer's clock and records the change. S is never null here: nobody
 * moves before the first scored moment.
 */
export function move(state: CustomerState, to: Stage, because: TrustReason): TrustChange {
  const { stage: from, satisfaction } = state.trust;
  const change: TrustChange = { from, to, at: state.clock!, because, satisfaction: satisfaction! };
  state.trust.stage = to;
  state.trust.since = state.clock;
  state.history.push(change);
  return change;
}

/** The first reason that applies for losing the stage at the customer's clock. */
function lossOf(policy: Policy, state: CustomerState): TrustReason | null {
  const { trust } = state;
  const rules = policy.trust;
  switch (trust.stage) {
    case 'none':
      return null;
    case 'cognitive':
      if (standingFailures(policy, state) > 0) return 'critical-failure';
      if (!atLeast(trust.satisfaction!, rules.cognitive.lostBelow)) return 'satisfaction-low';
      return state.clock! >= idleDeadline(policy, trust)! ? 'idle' : null;
    case 'affective':
      if (!atLeast(trust.satisfaction!, rules.affective.lostBelow)) return 'satisfaction-low';
      if (complaintOpenTooLong(policy, state)) return 'complaint-open';
      return state.clock! >= idleDeadline(policy, trust)! ? 'idle' : null;
    case 'behavioural':
      if (!atLeast(trust.satisfaction!, rules.behavioural.lostBelow)) return 'satisfaction-low';
      if (recentIncidents(policy, state) >= rules.behavioural.incidents) return 'incidents';
      return state.clock! >= idleDeadline(policy, trust)! ? 'no-purchase' : null;
  }
}

function complaintOpenTooLong(policy: Policy, state: CustomerState): boolean {
  const oldest = oldestComplaint(state);
  return oldest !== null && oldest.at <= state.clock! - daysMs(policy.trust.complaintOpenDays);
}

/**
 * One requirement of the next stage, with the current and the required value. Days are fractional.
 */
export interface Requirement {
  readonly requirement:
    | 'satisfaction'
    | 'satisfied-moments'
    | 'streak'
    | 'streak-days'
    | 'delights'
    | 'purchases'
    | 'purchase-span-days'
    | 'days-since-purchase'
    | 'incidents'
    | 'open-complaints'
    | 'standing-critical-failures';
  /** null: there is nothing to measure yet. */
  readonly have: number | null;
  readonly need: number;
  /** Too much violates `at-most` and `below`. */
  readonly comparison: 'at-least' | 'at-most' | 'below';
  readonly met: boolean;
}

/** All requirements of the next stage; empty at the highest. */
export function requirementsOf(policy: Policy, state: CustomerState): Requirement[] {
  const { trust } = state;
  const rules = policy.trust;
  const standing = atMost('standing-critical-failures', standingFailures(policy, state), 0);
  switch (trust.stage) {
    case 'none':
      return [
        satisfactionOf(trust, rules.cognitive.satisfaction),
        count('satisfied-moments', trust.satisfiedMoments, rules.cognitive.satisfiedMoments),
        count('streak', trust.streak, rules.cognitive.streak),
        standing,
      ];
    case 'cognitive':
      return [
        satisfactionOf(trust, rules.affective.satisfaction),
        count('satisfied-moments', trust.satisfiedMoments, rules.affective.satisfiedMoments),
        count('streak', trust.streak, 1),
        count(
          'streak-days',
          trust.streak > 0 ? (state.clock! - trust.streakStart!) / DAY_MS : null,
          rules.affective.streakDays,
        ),
        count('delights', trust.delights, rules.affective.delights),
        atMost('open-complaints', state.openComplaints, 0),
        standing,
      ];
    case 'affective':
      return [...behaviouralRequirements(policy, state), standing];
    case 'behavioural':
      return [];
  }
}

function behaviouralRequirements(policy: Policy, state: CustomerState): Requirement[] {
  const { trust } = state;
  const rules = policy.trust.behavioural;
  const first = firstTime(trust.purchases);
  const last = lastTime(trust.purchases);
  const sinceLast = last === undefined ? null : (state.clock! - last) / DAY_MS;
  return [
    satisfactionOf(trust, rules.satisfaction),
    count('purchases', trust.purchases.size, rules.purchases),
    count('purchase-span-days', first === undefined ? null : (last! - first) / DAY_MS, rules.purchaseSpanDays),
    below('days-since-purchase', sinceLast, rules.purchaseWithinDays),
    below('incidents', recentIncidents(policy, state), rules.incidents),
    atMost('open-complaints', state.openComplaints, 0),
  ];
}

function satisfactionOf(trust: TrustState, need: number): Requirement {
  const have = trust.satisfaction;
  return {
    requirement: 'satisfaction',
    have,
    need,
    comparison: 'at-least',
    met: have !== null && atLeast(have, need),
  };
}

function count(requirement: Requirement['requirement'], have: number | null, need: number): Requirement {
  return { requirement, have, need, comparison: 'at-least', met: have !== null && have >= need };
}

function atMost(requirement: Requirement['requirement'], have: number, need: number): Requirement {
  return { requirement, have, need, comparison: 'at-most', met: have <= need };
}

function below(requirement: Requirement['requirement'], have: number | null, need: number): Requirement {
  return { requirement, have, need, comparison: 'below', met: have !== null && have < need };
}
