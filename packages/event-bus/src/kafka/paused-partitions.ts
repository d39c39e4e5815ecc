import { backoffMs } from '@touchstone/async';
import type { BusTimes } from '../event-bus.ts';
import type { Consumer } from './client.ts';

/**
 * Pauses the partitions of a handler that threw {@link RetryLater}, and resumes each after a delay
 * that doubles with each failure.
 */
export function pausedPartitions(
  consumer: Consumer,
  topic: string,
  { pauseMs: [firstMs, longestMs] }: BusTimes,
  onChange: (paused: readonly number[]) => void,
) {
  const timers = new Map<number, NodeJS.Timeout>();
  const tries = new Map<number, number>();
  const changed = () => onChange([...timers.keys()].sort((a, b) => a - b));

  function resume(partition: number): void {
    clearTimeout(timers.get(partition));
    if (!timers.delete(partition)) return;
    consumer.resume([{ topic, partitions: [partition] }]);
    changed();
  }

  return {
    pause(partition: number): void {
      const before = tries.get(partition) ?? 0;
      tries.set(partition, before + 1);
      consumer.pause([{ topic, partitions: [partition] }]);
      clearTimeout(timers.get(partition));
      const pauseMs = backoffMs(before, { firstMs, longestMs });
      timers.set(partition, setTimeout(resume, pauseMs, partition));
      changed();
    },
    succeeded(partition: number): void {
      tries.delete(partition);
    },
    /**
     * Resumes partitions that now belong to another consumer. Otherwise the client would keep them
     * paused when they are assigned here again.
     */
    forget(partitions: readonly number[]): void {
      for (const partition of partitions) {
        tries.delete(partition);
        resume(partition);
      }
    },
    clear(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
