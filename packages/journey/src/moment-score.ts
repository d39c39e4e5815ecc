import type { Definition, TouchpointDefinition } from './definitions.ts';
import type { Feedback } from './event-types/feedback-given.ts';
import type { Moment } from './event-types/moment-recorded.ts';
import { normalised } from './fields.ts';
import type { Policy } from './policy.ts';

export type Verdict = 'exceeded' | 'confirmed' | 'failed';

/**
 * The expectation, the perception and the resulting score. Expectation and perception on 1..5,
 * score 0..100.
 */
export interface MomentScore {
  readonly expectation: number;
  readonly perception: number;
  readonly verdict: Verdict;
  readonly score: number;
  /** Weight in the journey's score. */
  readonly weight: number;
}

/** Scores a moment. `definition` is that of its journey, `touchpoint` its entry there. */
export function measureMoment(
  policy: Policy,
  definition: Definition | undefined,
  touchpoint: TouchpointDefinition | undefined,
  data: Moment,
): MomentScore {
  const expectation =
    data.expectation === undefined ? expectationOf(policy, definition, touchpoint) : normalised(data.expectation);
  return measured(policy, expectation, perceptionOf(data, expectation, touchpoint?.targetMs), touchpoint?.weight ?? 1);
}

/**
 * Scores csat and ces feedback like a moment at its touchpoint; `null` for nps, which does not
 * score a moment.
 */
export function measureFeedback(
  policy: Policy,
  definition: Definition | undefined,
  touchpoint: TouchpointDefinition | undefined,
  data: Feedback,
): MomentScore | null {
  if (data.instrument === 'nps') return null;
  const given = normalised(data.score);
  const expectation =
    data.expectation === undefined ? expectationOf(policy, definition, touchpoint) : normalised(data.expectation);
  return measured(policy, expectation, data.instrument === 'ces' ? 6 - given : given, touchpoint?.weight ?? 1);
}

function expectationOf(
  policy: Policy,
  definition: Definition | undefined,
  touchpoint: TouchpointDefinition | undefined,
): number {
  return touchpoint?.expectation ?? definition?.expectation ?? policy.defaultExpectation;
}

function perceptionOf(data: Moment, expectation: number, targetMs: number | undefined): number {
  if (data.perception !== undefined) return normalised(data.perception);
  if (data.ratings !== undefined) {
    let sum = 0;
    let count = 0;
    for (const rating of Object.values(data.ratings)) {
      if (rating === undefined) continue;
      sum += normalised(rating);
      count++;
    }
    return sum / count;
  }
  if (data.effort !== undefined) return 6 - normalised(data.effort);
  if (data.outcome === 'failed') return 1;
  if (data.outcome === 'abandoned') return 2;
  if (data.durationMs !== undefined && targetMs !== undefined) {
    return Math.min(5, Math.max(1, expectation + pace(data.durationMs / targetMs)));
  }
  return expectation;
}

/** Disconfirmation (better or worse than expected) of a duration at `ratio` times its target. */
function pace(ratio: number): number {
  if (ratio <= 0.5) return 1;
  if (ratio <= 1) return 2 * (1 - ratio);
  if (ratio < 3) return 1 - ratio;
  return -2;
}

/** Rounding must not push a disconfirmation that equals the tolerance out of the zone. */
const ZONE_EPSILON = 1e-12;

function measured(policy: Policy, expectation: number, perception: number, weight: number): MomentScore {
  const { confirmed: c, tolerance: z, curvature: k } = policy;
  const d = perception - expectation;
  if (d > z + ZONE_EPSILON) {
    const score = c + (100 - c) * response(k, (d - z) / (5 - expectation - z));
    return { expectation, perception, verdict: 'exceeded', score, weight };
  }
  if (d < -z - ZONE_EPSILON) {
    const score = c - c * response(k, (-d - z) / (expectation - 1 - z));
    return { expectation, perception, verdict: 'failed', score, weight };
  }
  return { expectation, perception, verdict: 'confirmed', score: c, weight };
}

/** Grows exponentially from 0 to 1 with u; linearly for k = 0. */
function response(k: number, u: number): number {
  return k === 0 ? u : (Math.exp(k * u) - 1) / (Math.exp(k) - 1);
}
