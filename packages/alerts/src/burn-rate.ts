import { type Objective, type Severity, severities } from '@touchstone/api';
import { type Firing, type Judged, judge } from './firing.ts';
import { type Counts, holds, type Rule, rules, rulesOf } from './rules.ts';
import type { Windows } from './windows.ts';

/** Counts of the long window of the first rule that held at the begin. */
export type BurnFiring = Firing<Counts>;

/** The alert of each severity; null where it does not fire. */
export type BurnFirings = Readonly<Record<Severity, BurnFiring | null>>;

export const NOTHING_BURNS: BurnFirings = { page: null, ticket: null };

/** Judges one minute after the other: the alerts of each severity, and those that have ended. */
export function burnRateJudge(
  objective: Objective,
): (firings: BurnFirings, at: number, windows: Windows) => Readonly<Record<Severity, Judged<Counts>>> {
  const bySeverity = severities.map((severity) => ({
    severity,
    candidates: rulesOf(objective).filter((rule) => rule.severity === severity),
  }));
  return (firings, at, windows) => {
    const judged = bySeverity.map(({ severity, candidates }) => {
      const held = candidates.filter((rule) =>
        holds(rule, objective, windows.at(rule.longMs, at), windows.at(rule.shortMs, at)),
      );
      const names = held.map(({ name }) => name);
      return [severity, judge(firings[severity], at, names, () => windows.at(held[0]!.longMs, at))];
    });
    return Object.fromEntries(judged) as Record<Severity, Judged<Counts>>;
  };
}

const ORDER = new Map(rules.map(({ name }: Rule, index) => [name, index]));

/** Names of rules, in the order of their table. */
export function inTableOrder(because: readonly string[]): readonly string[] {
  return [...because].sort((a, b) => ORDER.get(a)! - ORDER.get(b)!);
}
