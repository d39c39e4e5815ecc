import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import { asBusError, BusError } from '../bus-error.ts';
import type { ConsumeOptions, ConsumerState } from '../event-bus.ts';
import type { Connections } from './connections.ts';
import { type Ending, liveConsumer } from './consumer.ts';

/**
 * Keeps a consumer alive until `signal` aborts. The client's consumer ends for good on errors that
 * it considers final (for example a coordinator not found while a broker restarts), which leaves a
 * process that looks healthy and reads nothing; so this function reports and counts each end and
 * starts a new consumer after a growing delay.
 */
export async function consume(connections: Connections, options: ConsumeOptions): Promise<void> {
  const { times, logger } = connections;
  const { topic, groupId, signal } = options;
  const [firstMs, longestMs] = times.pauseMs;
  const state: { current: ConsumerState } = {
    current: { isReady: false, reason: 'joining the group', restarts: 0, partitions: [], paused: [] },
  };
  const report = (change: Partial<ConsumerState>): void => {
    const next = { ...state.current, ...change };
    if (JSON.stringify(next) === JSON.stringify(state.current)) return;
    state.current = next;
    options.onState?.(next);
  };

  let failures = 0;
  let hasJoined = false;
  while (!signal.aborted) {
    const ending: Ending = await liveConsumer(connections, options, report);
    if (ending.kind === 'stopped') break;
    if (ending.kind === 'failed') throw ending.error;
    hasJoined ||= ending.hadJoined;
    if (ending.hadJoined) failures = 0;
    const error = asBusError(ending.error, `consumer of ${topic} in group ${groupId}`);
    // A permanent error ends the loop only if no consumer ever joined, so that a wrong setup fails
    // at the start. A setup that worked once may be repaired, so the loop goes on.
    if (error instanceof BusError && !error.isRetryable && !hasJoined) throw error;
    report({ isReady: false, reason: error.message, restarts: state.current.restarts + 1, partitions: [], paused: [] });
    const pauseMs = backoffMs(failures++, { firstMs, longestMs });
    logger.error(
      { topic, groupId, restarts: state.current.restarts, pauseMs, err: error },
      'consumer broke down; a fresh one follows',
    );
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
  report({ isReady: false, reason: 'stopped', partitions: [], paused: [] });
}
