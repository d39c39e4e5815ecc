import type { Objective, Severity } from '@touchstone/api';
import { rateOf } from '@touchstone/api/rate';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/api/vocabulary';

/**
 * A burn-rate rule with two windows, as in Google's SRE workbook: the long one shows that the
 * budget is at stake, the short one that it still is.
 */
export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  readonly longMs: number;
  readonly shortMs: number;
  /** The least burn rate of both windows. */
  readonly factor: number;
}

/** All rules, in the order in which alerts name them; `page-3d` serves low volumes. */
export const rules = [
  { name: 'page-1h', severity: 'page', longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, factor: 14.4 },
  { name: 'page-6h', severity: 'page', longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, factor: 6 },
  { name: 'page-3d', severity: 'page', longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, factor: 6 },
  { name: 'ticket-3d', severity: 'ticket', longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS, factor: 1 },
] as const satisfies readonly Rule[];

/** Lengths of all windows of the rules, ms, from the shortest. */
export const spansMs: readonly number[] = [...new Set(rules.flatMap(({ longMs, shortMs }) => [longMs, shortMs]))].sort(
  (a, b) => a - b,
);

/** Tolerance of comparisons with a factor. */
const EPSILON = 1e-9;

/** Moments of a window, and how many of them failed. */
export interface Counts {
  readonly moments: number;
  readonly failures: number;
}

/** The share of failures that the objective allows. */
export const allowedRate = ({ objective }: Pick<Objective, 'objective'>): number => 1 - objective;

const canFire = ({ factor }: Rule, objective: Pick<Objective, 'objective'>) =>
  factor * allowedRate(objective) <= 1 + EPSILON;

/** The rules that can fire for an objective; the others ask for more failures than moments. */
export function rulesOf(objective: Pick<Objective, 'objective'>): readonly Rule[] {
  return rules.filter((rule) => canFire(rule, objective));
}

/** The rules that can never fire, each with the least objective at which it could. */
export function rulesThatCannotFire(
  objective: Pick<Objective, 'objective'>,
): readonly { readonly rule: string; readonly firesFromObjective: number }[] {
  return rules
    .filter((rule) => !canFire(rule, objective))
    .map(({ name, factor }) => ({ rule: name, firesFromObjective: 1 - 1 / factor }));
}

/** Failure rate of a window, as a multiple of the allowed one; null without moments. */
export function burnRate(objective: Pick<Objective, 'objective'>, { moments, failures }: Counts): number | null {
  return moments === 0 ? null : failures / moments / allowedRate(objective);
}

/** Whether a rule holds, given the counts of its two windows. */
export function holds(rule: Rule, objective: Objective, long: Counts, short: Counts): boolean {
  if (long.failures < objective.minFailures || long.moments < objective.minMoments) return false;
  const [burnsLong, burnsShort] = [burnRate(objective, long), burnRate(objective, short)];
  if (burnsLong === null || burnsShort === null) return false;
  if (Math.min(burnsLong, burnsShort) < rule.factor - EPSILON) return false;
  return rateOf(long.failures, long.moments).low! > allowedRate(objective);
}
