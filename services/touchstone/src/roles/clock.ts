import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import type { Parts, RoleValue } from './role.ts';

/** Announces deadlines that pass while nobody publishes. */
export const clock: RoleValue = {
  name: 'clock',
  async start(parts) {
    parts.clock = clockOver(parts);
    parts.steps.unshift({ name: 'clock', run: parts.clock.stop });
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
