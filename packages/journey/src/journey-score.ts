import { atLeast, EPSILON } from './comparisons.ts';
import type { MomentScore } from './moment-score.ts';
import type { Policy } from './policy.ts';
import type { JourneyState } from './state.ts';
import type { WhatIf } from './what-if.ts';

/** The running sums, peak and end of a journey's scored events. */
type Sums = Pick<JourneyState, 'scored' | 'weightSum' | 'weightedScoreSum' | 'peak' | 'end'>;

/** Adds a scored event to the journey's running sums, peak and end. */
export function addScore(
  policy: Policy,
  journey: Sums,
  measured: Pick<MomentScore, 'score' | 'weight'>,
  at: number,
): void {
  const { score, weight } = measured;
  const index = journey.scored++;
  journey.weightSum += weight;
  journey.weightedScoreSum += weight * score;
  const distance = Math.abs(score - policy.confirmed);
  if (journey.peak === null || atLeast(distance, Math.abs(journey.peak.score - policy.confirmed))) {
    journey.peak = { index, score };
  }
  if (journey.end === null || at >= journey.end.at) journey.end = { index, score, at };
}

/** Points lost to broken promises and open complaints; never positive. */
export function adjustmentsOf(policy: Policy, journey: JourneyState): readonly Adjustment[] {
  const adjustments: Adjustment[] = [];
  if (journey.brokenPromises > 0) {
    adjustments.push({ kind: 'broken-promises', points: -policy.brokenPromisePoints * journey.brokenPromises });
  }
  if (journey.openComplaints > 0) {
    adjustments.push({ kind: 'open-complaints', points: -policy.openComplaintPoints * journey.openComplaints });
  }
  return adjustments;
}

export interface Adjustment {
  readonly kind: 'broken-promises' | 'open-complaints';
  readonly points: number;
}

/** Score of a journey, 0..100; null before its first scored event. */
export function journeyScore(policy: Policy, journey: JourneyState): number | null {
  const { peak, end } = journey;
  if (peak === null || end === null) return null;
  const base = journey.weightedScoreSum / journey.weightSum;
  const blend = (1 - policy.peakEnd) * base + (policy.peakEnd * (peak.score + end.score)) / 2;
  let score = blend;
  for (const { points } of adjustmentsOf(policy, journey)) score += points;
  return capped(policy, journey, Math.min(100, Math.max(0, score)));
}

function capped(policy: Policy, journey: JourneyState, score: number): number {
  return journey.standing.size > 0 ? Math.min(policy.vetoCap, score) : score;
}

/** A scored event of a journey, in log order. */
export interface ScoredEvent extends MomentScore {
  readonly eventId: string;
  readonly source: string;
  readonly touchpoint: string | null;
  /** The instrument of a feedback; null for a moment. */
  readonly instrument: 'csat' | 'ces' | null;
  readonly at: number;
}

/**
 * How a score is composed: Σ share·score + Σ points, clamped to 0..100 and capped, equals the score
 * within ε.
 */
export interface Explanation {
  readonly moments: readonly (ScoredEvent & { readonly share: number })[];
  readonly adjustments: readonly Adjustment[];
  /** The veto's cap during an unrecovered critical failure. */
  readonly cap: number | null;
  readonly score: number | null;
  /** The things that cost points, with the score without each, the greatest gain first. */
  readonly whatIf: readonly WhatIf[];
}

/**
 * `scored` are all scored events of the journey, in the order in which {@link addScore} took them.
 */
export function explainScore(
  policy: Policy,
  journey: JourneyState,
  scored: readonly ScoredEvent[],
): Omit<Explanation, 'whatIf'> {
  const { peak, end } = journey;
  const half = policy.peakEnd / 2;
  return {
    moments: scored.map((moment, index) => ({
      ...moment,
      share:
        ((1 - policy.peakEnd) * moment.weight) / journey.weightSum +
        (index === peak?.index ? half : 0) +
        (index === end?.index ? half : 0),
    })),
    adjustments: adjustmentsOf(policy, journey),
    cap: journey.standing.size > 0 ? policy.vetoCap : null,
    score: journeyScore(policy, journey),
  };
}

/** Whether an explanation adds up to its score. */
export function addsUp(explanation: Omit<Explanation, 'whatIf'>): boolean {
  if (explanation.score === null) return explanation.moments.length === 0;
  let sum = 0;
  for (const { share, score } of explanation.moments) sum += share * score;
  for (const { points } of explanation.adjustments) sum += points;
  const clamped = Math.min(100, Math.max(0, sum));
  const capped = explanation.cap === null ? clamped : Math.min(explanation.cap, clamped);
  return Math.abs(capped - explanation.score) < EPSILON;
}
