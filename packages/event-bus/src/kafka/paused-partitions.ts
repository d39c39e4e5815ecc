import type { BusTimes } from '../event-bus.ts';
import type { Consumer } from './client.ts';

/** Partitions whose handler asked to be called later: not fetched until their delay, which doubles with each try, has passed. */
export function pausedPartitions(
  consumer: Consumer,
  topic: string,
  { pauseMs: [first, longest] }: BusTimes,
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
      timers.set(
        partition,
        setTimeout(() => resume(partition), Math.min(first * 2 ** before, longest)),
      );
      changed();
    },
    succeeded(partition: number): void {
      tries.delete(partition);
    },
    /** The partitions are another's. The client would remember the pause and apply it if they came back. */
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
