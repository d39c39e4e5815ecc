import { randomUUID } from 'node:crypto';
import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import { alertEvaluator, targetSender } from '@touchstone/operations';
import { lookAgainAndAgain } from '../alerting.ts';
import { targetsOf } from '../targets-of.ts';
import type { Parts, RoleValue } from './role.ts';

/** Announces deadlines that pass while nobody publishes, and judges alerts each minute. */
export const clock: RoleValue = {
  name: 'clock',
  async start(parts) {
    parts.clock = clockOver(parts);
    parts.steps.unshift({ name: 'clock', run: parts.clock.stop });
    judgeAlerts(parts, parts.clock);
  },
};

/** `intervalMs` is the time between its own looks. */
export function clockOver({ time, store, logger, tables }: Parts, intervalMs?: number): Clock {
  const { readModels, folds, current, inForce, parked, progress, onNews } = tables!;
  const started = startClock({
    store,
    customers: dueCustomersIn(readModels, () => inForce().generation),
    folds,
    measures: () => inForce().measures,
    parked,
    now: async () => (current() === null ? null : time.dueBefore()),
    onCorrected: time.onCorrected,
    reached: async (position, timeoutMs) => current() !== null && progress.reached(position, timeoutMs),
    logger,
    ...(intervalMs !== undefined && { intervalMs }),
  });
  onNews(started.lookAgain);
  return started;
}

/** With `CLOCK=log` time passes only with events, so that no minute is ever over. */
function judgeAlerts(parts: Parts, { settled }: Clock): void {
  const { time, store, logger, tables, alerts, steps, config } = parts;
  if (time.kind === 'log') return;
  const { readModels, current, inForce, progress } = tables!;
  const evaluator = alertEvaluator({
    store,
    alerts,
    source: () => ({ clickhouse: readModels.clickhouse, generation: inForce().generation }),
    now: async () => (current() === null ? null : time.dueBefore()),
    reached: progress.reached,
    settled,
    // A process that alone opens the log is the same after a restart, and need not wait for itself.
    by: config.roles === undefined ? 'alone' : randomUUID(),
  });
  const judging = lookAgainAndAgain({ look: evaluator.judge, failed: 'alerts could not be judged' }, logger);
  steps.unshift({ name: 'alerts', run: judging.stop });
  const sender = targetSender({
    store,
    targets: targetsOf(parts),
    logger,
    allowsPrivate: config.targetsPrivate,
    isOurs: evaluator.isOurs,
    now: time.clock.now,
  });
  const sending = lookAgainAndAgain({ ...sender, failed: 'alerts could not be sent to targets' }, logger);
  steps.unshift({ name: 'targets', run: sending.stop });
}
