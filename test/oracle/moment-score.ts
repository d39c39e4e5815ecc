import type { Definition, EventData, PublishedEvent, Rating } from './published-event.ts';
import { nameOf } from './published-event.ts';

export const epsilon = 1e-9;

/** "Every comparison of a score, a rating or S with a constant allows ε." */
export const atLeast = (a: number, b: number) => a > b - epsilon;
export const below = (a: number, b: number) => !atLeast(a, b);
export const above = (a: number, b: number) => a > b + epsilon;

const confirmed = 70;
const tolerance = 0.5;
const curvature = 1.5;
const defaultExpectation = 4;

export type Verdict = 'exceeded' | 'confirmed' | 'failed';

export interface Scored {
  readonly expectation: number;
  readonly perception: number;
  readonly verdict: Verdict;
  readonly score: number;
  readonly weight: number;
}

export function onLikert(rating: Rating): number {
  if (typeof rating === 'number') return rating;
  return 1 + (4 * (rating.value - rating.min)) / (rating.max - rating.min);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Piecewise linear through (0.5, +1), (1, 0), (3, −2), flat outside. */
function pace(r: number): number {
  if (r <= 0.5) return 1;
  if (r <= 1) return 1 - (r - 0.5) / 0.5;
  if (r < 3) return -2 * ((r - 1) / 2);
  return -2;
}

function perceptionOfMoment(data: EventData, e: number, targetMs: number | undefined): number {
  if (data.perception !== undefined) return onLikert(data.perception);
  if (data.ratings !== undefined) {
    return mean(
      Object.values(data.ratings)
        .filter((rating) => rating !== undefined)
        .map(onLikert),
    );
  }
  if (data.effort !== undefined) return 6 - onLikert(data.effort);
  if (data.outcome === 'failed') return 1;
  if (data.outcome === 'abandoned') return 2;
  if (data.durationMs !== undefined && targetMs !== undefined) {
    return Math.min(5, Math.max(1, e + pace(data.durationMs / targetMs)));
  }
  return e;
}

function g(u: number): number {
  return (Math.exp(curvature * u) - 1) / (Math.exp(curvature) - 1);
}

export function scoreOf(e: number, p: number): { verdict: Verdict; score: number } {
  const d = p - e;
  if (Math.abs(Math.abs(d) - tolerance) <= 1e-12 || Math.abs(d) < tolerance) {
    return { verdict: 'confirmed', score: confirmed };
  }
  if (d > 0) {
    return {
      verdict: 'exceeded',
      score: confirmed + (100 - confirmed) * g((d - tolerance) / (5 - e - tolerance)),
    };
  }
  return { verdict: 'failed', score: confirmed - confirmed * g((-d - tolerance) / (e - 1 - tolerance)) };
}

/** The score of a moment, csat or ces; `undefined` for every other event (including NPS). */
export function scored(event: PublishedEvent, definition: Definition | undefined): Scored | undefined {
  const { data } = event;
  const name = nameOf(event);
  const isMoment = name === 'moment.recorded';
  const isScoredFeedback = name === 'feedback.given' && data.instrument !== 'nps';
  if (!isMoment && !isScoredFeedback) return undefined;

  const standard = data.touchpoint === undefined ? undefined : own(definition?.touchpoints, data.touchpoint);
  const e =
    data.expectation === undefined
      ? (standard?.expectation ?? definition?.expectation ?? defaultExpectation)
      : onLikert(data.expectation);
  const p = isMoment
    ? perceptionOfMoment(data, e, standard?.targetMs)
    : data.instrument === 'csat'
      ? onLikert(data.score!)
      : 6 - onLikert(data.score!);
  return { expectation: e, perception: p, ...scoreOf(e, p), weight: standard?.weight ?? 1 };
}

/** Ignores inherited properties: a touchpoint may be called `constructor`. */
export function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

const levels: readonly [(score: number) => boolean, string][] = [
  [(score) => atLeast(score, 95), 'very-satisfied'],
  [(score) => atLeast(score, 80), 'satisfied'],
  [(score) => above(score, 70), 'fairly-satisfied'],
  [(score) => atLeast(score, 60), 'neutral'],
  [(score) => atLeast(score, 40), 'slightly-dissatisfied'],
  [(score) => atLeast(score, 15), 'dissatisfied'],
  [() => true, 'very-dissatisfied'],
];

export function levelOf(score: number | null): string | null {
  return score === null ? null : levels.find(([reaches]) => reaches(score))![1];
}
