import { applyWeighed, isKnown } from './apply.ts';
import { newChanges } from './changes.ts';
import { EPSILON } from './comparisons.ts';
import type { EventType, JourneyEvent } from './events.ts';
import type { Folding } from './folding.ts';
import type { Adjustment, Explanation } from './journey-score.ts';
import type { Verdict } from './moment-score.ts';
import { settle } from './settle.ts';
import {
  type CustomerState,
  initialState,
  type MeasurementRules,
  type Stage,
  stages,
  type TrustChange,
} from './state.ts';
import type { JourneyView } from './tell-journey.ts';
import type { Requirement } from './trust.ts';
import { viewCustomer } from './views.ts';
import { weigh } from './weigh-event.ts';

/**
 * How a journey's score differs between two sets of rules. Points are those of its score, 0..100.
 */
export interface JourneyDifference {
  /** Moments with other points, verdicts or weights, the greatest difference first. */
  readonly moments: readonly MomentDifference[];
  /** Adjustments that cost another number of points. */
  readonly adjustments: readonly {
    readonly kind: Adjustment['kind'];
    readonly before: number;
    readonly after: number;
    readonly points: number;
  }[];
  /** Effect of the bounds 0..100 and of the veto's cap. */
  readonly limits: {
    readonly capBefore: number | null;
    readonly capAfter: number | null;
    readonly points: number;
  };
}

export interface MomentDifference {
  readonly eventId: string;
  readonly source: string;
  readonly touchpoint: string | null;
  readonly at: number;
  readonly before: MomentPart;
  readonly after: MomentPart;
  /** The moment's points now minus its points before. */
  readonly points: number;
}

/** A moment's contribution to the score: `points` = share · score. */
export interface MomentPart {
  readonly expectation: number;
  readonly verdict: Verdict;
  readonly score: number;
  readonly weight: number;
  readonly share: number;
  readonly points: number;
}

/**
 * Explains the change of a journey's score: the points of moments, adjustments and limits add up to
 * it, within ε. Both views must come from the same events; the rules may weigh, score and expect
 * differently, but always score the same events.
 */
export function compareJourneys(before: JourneyView, after: JourneyView): JourneyDifference {
  const then = new Map(before.explanation.moments.map((moment) => [keyOf(moment), moment]));
  const moments = after.explanation.moments.flatMap((moment): MomentDifference[] => {
    const past = then.get(keyOf(moment));
    if (past === undefined) return [];
    const { eventId, source, touchpoint, at } = moment;
    const parts = { before: partOf(past), after: partOf(moment) };
    const points = parts.after.points - parts.before.points;
    const isOther =
      Math.abs(points) > EPSILON ||
      moment.verdict !== past.verdict ||
      Math.abs(moment.score - past.score) > EPSILON ||
      moment.weight !== past.weight;
    return isOther ? [{ eventId, source, touchpoint, at, ...parts, points }] : [];
  });
  moments.sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  return {
    moments,
    adjustments: differingAdjustments(before.explanation, after.explanation),
    limits: {
      capBefore: before.explanation.cap,
      capAfter: after.explanation.cap,
      points: limitsOf(after.explanation) - limitsOf(before.explanation),
    },
  };
}

const keyOf = ({ source, eventId }: { readonly source: string; readonly eventId: string }) => `${source}\n${eventId}`;

function partOf(moment: Explanation['moments'][number]): MomentPart {
  const { expectation, verdict, score, weight, share } = moment;
  return { expectation, verdict, score, weight, share, points: share * score };
}

function differingAdjustments(before: Explanation, after: Explanation): JourneyDifference['adjustments'] {
  const pointsOf = ({ adjustments }: Explanation, kind: Adjustment['kind']) =>
    adjustments.find((adjustment) => adjustment.kind === kind)?.points ?? 0;
  return (['broken-promises', 'open-complaints'] as const)
    .map((kind) => ({ kind, before: pointsOf(before, kind), after: pointsOf(after, kind) }))
    .map((each) => ({ ...each, points: each.after - each.before }))
    .filter(({ points }) => Math.abs(points) > EPSILON);
}

/** Points that the bounds and the cap take from the sum, or add to it. */
function limitsOf({ moments, adjustments, score }: Explanation): number {
  if (score === null) return 0;
  let sum = 0;
  for (const moment of moments) sum += moment.share * moment.score;
  for (const { points } of adjustments) sum += points;
  return score - sum;
}

/** The first point at which two histories of a customer's trust differ. */
export interface TrustDifference {
  /** The event at that point; null if time alone made the difference. */
  readonly event: {
    readonly eventId: string;
    readonly source: string;
    readonly type: EventType;
    readonly touchpoint: string | null;
  } | null;
  /** The customer's clock at that point, in ms. */
  readonly at: number;
  /** The move that only one side makes, or that they make differently. */
  readonly before: TrustChange | null;
  readonly after: TrustChange | null;
  /** The unmet requirements of the next stage on the side that stays behind. */
  readonly missing: {
    readonly side: 'before' | 'after';
    readonly stage: Stage;
    readonly requirements: readonly Requirement[];
  } | null;
}

/**
 * Folds a customer with both sets of rules in parallel, settles to `now` at the end, and stops at
 * the first difference of their trust histories. Null if the histories are equal.
 */
export function partingFolding(
  before: MeasurementRules,
  after: MeasurementRules,
  customerId: string,
  now: number,
): Folding<TrustDifference | null> {
  const sideOf = (measures: MeasurementRules) => ({ measures, state: initialState(customerId), changes: newChanges() });
  const [one, other] = [sideOf(before), sideOf(after)];
  const sides = [one, other];
  const partingAfter = lookForParting(one, other);
  let parting: TrustDifference | null = null;
  const settleBoth = (to: number) => {
    for (const { measures, state, changes } of sides) settle(measures, state, to, changes);
    parting = partingAfter(null);
  };
  return {
    take(event) {
      if (parting !== null || isKnown(one.state, event)) return;
      const weighed = sides.map(({ measures, state }) => weigh(measures, state, event));
      settleBoth(event.time);
      if (parting !== null) return;
      sides.forEach(({ measures, state, changes }, at) => {
        applyWeighed(measures, state, event, weighed[at]!, changes);
      });
      parting = partingAfter(event);
    },
    finish() {
      if (parting === null && one.state.clock !== null) settleBoth(now);
      return parting;
    },
  };
}

interface Side {
  readonly measures: MeasurementRules;
  readonly state: CustomerState;
}

/** The returned function is called after each step; it does not compare equal moves again. */
function lookForParting(before: Side, after: Side): (event: JourneyEvent | null) => TrustDifference | null {
  const [then, now] = [before.state.history, after.state.history];
  let index = 0;
  return (event) => {
    while (index < then.length && index < now.length && isSameMove(then[index]!, now[index]!)) index++;
    if (index === then.length && index === now.length) return null;
    const moves = { before: then[index] ?? null, after: now[index] ?? null };
    const times = [moves.before, moves.after].flatMap((move) => (move === null ? [] : [move.at]));
    return {
      event: event === null ? null : { ...identityOf(event), touchpoint: touchpointOf(event) },
      at: Math.min(...times),
      ...moves,
      missing: missingOf(before, after),
    };
  };
}

/** Null if both sides have reached the same stage. */
function missingOf(before: Side, after: Side): TrustDifference['missing'] {
  const steps = [before, after].map(({ state }) => stages.indexOf(state.trust.stage)) as [number, number];
  if (steps[0] === steps[1]) return null;
  const side = steps[0] < steps[1] ? 'before' : 'after';
  const { measures, state } = side === 'before' ? before : after;
  const { next } = viewCustomer(measures, state);
  return next === null ? null : { side, stage: next.stage, requirements: next.missing };
}

function isSameMove(a: TrustChange, b: TrustChange): boolean {
  return a.from === b.from && a.to === b.to && a.at === b.at && a.because === b.because;
}

function identityOf({ id: eventId, source, type }: JourneyEvent) {
  return { eventId, source, type };
}

function touchpointOf({ data }: JourneyEvent): string | null {
  return (data as { touchpoint?: string }).touchpoint ?? null;
}
