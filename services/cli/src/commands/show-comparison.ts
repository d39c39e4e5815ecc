import type { Rebuild, Trial } from '@touchstone/api';
import { decimal, plain, style, table, whole } from '../terminal/style.ts';

type SwitchComparison = NonNullable<Rebuild['comparison']>;
type Comparison = NonNullable<Trial['report']>['comparison'];

/**
 * Two generations of the read model side by side, for a terminal: rows and means before and after,
 * and how many differ.
 */
export function showComparison(comparison: Comparison): string {
  const { before, after, journeys, customers } = comparison;
  const rows = [
    ['moments', whole(before.moments), whole(after.moments), ''],
    ['parked events', whole(before.parked), whole(after.parked), ''],
    ...Object.entries(comparison.tables).map(([name, { before, after, onlyBefore, onlyAfter, differing }]) => [
      NAMES[name] ?? name,
      whole(before),
      whole(after),
      marked(onlyBefore + onlyAfter + differing),
    ]),
    ['mean journey score', decimal(journeys.meanScoreBefore, 2), decimal(journeys.meanScoreAfter, 2), ''],
    [
      'mean satisfaction',
      decimal(customers.meanSatisfactionBefore, 2),
      decimal(customers.meanSatisfactionAfter, 2),
      '',
    ],
  ];
  const changed = [
    `${whole(journeys.scoreChanged)} of ${whole(journeys.compared)} journeys change score (${whole(journeys.levelChanged)} level, ${whole(journeys.statusChanged)} status)`,
    `${whole(customers.stageChanged)} of ${whole(customers.compared)} customers change stage, ${whole(customers.satisfactionChanged)} satisfaction, ${whole(customers.loyaltyChanged)} loyalty`,
    `quietly leaving: ${whole(customers.quietlyLeavingBefore)} → ${whole(customers.quietlyLeavingAfter)} customers`,
  ];
  const { leftOut } = comparison.tables.customers;
  if (leftOut > 0) changed.push(style.dim(`${whole(leftOut)} customers moved on meanwhile and are left out`));
  return `${table(['', '>before', '>after', '>rows that differ'], rows)}\n${changed.join('\n')}`;
}

const NAMES: Readonly<Record<string, string>> = { trustChanges: 'trust changes' };

const marked = (count: number) => (count === 0 ? '0' : style.yellow(whole(count)));

/** The comparison that a rebuild made before its switch. */
export function showSwitchComparison(comparison: SwitchComparison): string {
  const { verdict, faultsBefore, faultsAfter, overdue } = comparison;
  if (verdict === 'same') {
    const { journeys, customers } = comparison;
    return `Nothing differs from the old read model: ${whole(journeys.compared)} journeys, ${whole(customers.compared)} customers.`;
  }
  const list = (title: string, faults: readonly string[]) =>
    faults.length === 0 ? [] : [style.red(title), ...faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${plain(fault)}`)];
  return [
    showComparison(comparison),
    ...(overdue > 0 ? [style.dim(`For ${whole(overdue)} customers something is due by the new measures.`)] : []),
    ...list('The old read model was not as the log makes it:', faultsBefore),
    ...list('The new read model is not known to be right:', faultsAfter),
  ].join('\n');
}

const FAULTS_SHOWN = 5;
