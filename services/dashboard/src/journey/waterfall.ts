import type { ExplainedMoment, Explanation, Verdict } from '@touchstone/api';
import { t } from 'i18next';
import { countText, scoreText } from '../i18n/format.ts';
import { surveyText } from '../i18n/words.ts';

/** One step from 0 to the journey's score. */
export interface Step {
  readonly kind: 'moment' | 'others' | 'adjustment' | 'clamp' | 'cap';
  readonly label: string;
  readonly verdict: Verdict | null;
  /** Points that this step adds (or, if negative, takes). */
  readonly points: number;
  readonly from: number;
  readonly to: number;
  /** Points that the step would have added at best; null if there is no best. */
  readonly possible: number | null;
  /** Number of moments that an `others` step stands for. */
  readonly count?: number;
}

export interface Waterfall {
  readonly steps: readonly Step[];
  readonly score: number;
  /** Whether the steps add up to the API's score, within ε. */
  readonly addsUp: boolean;
}

/**
 * Tolerance of the comparison: sums over very long journeys differ in the last digits by their
 * order.
 */
const epsilon = 1e-6;

/** Label of a scored moment: its touchpoint, or the survey that was answered. */
export function scoredText(
  { touchpoint, instrument }: ExplainedMoment,
  titleOf: (touchpoint: string) => string = (name) => name,
): string {
  const place = touchpoint === null ? null : titleOf(touchpoint);
  return instrument === null ? (place ?? t('journey.feedback')) : surveyText(instrument, place);
}

/**
 * The steps to the score: moments, adjustments, the clamp if it changes anything, the veto if one
 * stands.
 */
export function waterfallOf(
  { moments, otherMoments, adjustments, cap, score }: Omit<Explanation, 'whatIf'>,
  labelOf: (moment: ExplainedMoment) => string = (moment) => scoredText(moment),
): Waterfall | null {
  if (score === null) return null;
  const steps: Step[] = [];
  let sum = 0;
  const add = (step: Omit<Step, 'from' | 'to'>): void => {
    steps.push({ ...step, from: sum, to: sum + step.points });
    sum += step.points;
  };
  for (const moment of moments) {
    const { verdict, share } = moment;
    add({ kind: 'moment', label: labelOf(moment), verdict, points: share * moment.score, possible: share * 100 });
  }
  if (otherMoments.count > 0) {
    // All shares together are 1.
    const share = moments.reduce((left, moment) => left - moment.share, 1);
    add(othersOf(otherMoments.count, otherMoments.points, share * 100));
  }
  for (const { kind, points } of adjustments)
    add({ kind: 'adjustment', label: kind, verdict: null, points, possible: null });
  const clamped = Math.min(100, Math.max(0, sum));
  if (Math.abs(clamped - sum) > epsilon) {
    add({ kind: 'clamp', label: t('score.clamp'), verdict: null, points: clamped - sum, possible: null });
  }
  // A standing veto is listed even if the score is below it anyway, because it must be recovered.
  if (cap !== null) {
    const label = t('score.veto', { cap: scoreText(cap) });
    add({ kind: 'cap', label, verdict: null, points: Math.min(0, cap - sum), possible: null });
  }
  return { steps, score, addsUp: Math.abs(sum - score) < epsilon };
}

function othersOf(count: number, points: number, possible: number): Omit<Step, 'from' | 'to'> {
  return { kind: 'others', label: t('score.others', { n: countText(count) }), verdict: null, points, possible, count };
}

/**
 * At most `most` steps of moments: those with the greatest shares, in their order, and one behind
 * them for the rest, so that a journey of hundreds of moments stays readable and still ends in its
 * score. Adjustments, clamp and cap are never merged.
 */
export function folded(steps: readonly Step[], most: number): readonly Step[] {
  const moments = steps.filter((step) => step.kind === 'moment');
  if (moments.length <= most) return steps;
  const byShare = [...moments].sort((a, b) => (b.possible ?? 0) - (a.possible ?? 0));
  const kept = new Set(byShare.slice(0, most - 1));
  const rest = moments.filter((step) => !kept.has(step));
  const behind = steps.filter((step) => step.kind === 'others');
  const together = [...rest, ...behind];
  const others: Step = {
    ...othersOf(
      together.reduce((sum, step) => sum + (step.count ?? 1), 0),
      together.reduce((sum, step) => sum + step.points, 0),
      together.reduce((sum, step) => sum + (step.possible ?? 0), 0),
    ),
    from: 0,
    to: 0,
  };
  const further = steps.filter((step) => step.kind !== 'moment' && step.kind !== 'others');
  let sum = 0;
  return [...moments.filter((step) => kept.has(step)), others, ...further].map((step) => {
    const from = sum;
    sum += step.points;
    return { ...step, from, to: sum };
  });
}
