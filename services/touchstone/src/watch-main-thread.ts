import { Counter, Gauge, type Registry } from '@touchstone/runtime';
import { startWatchdog } from '@touchstone/threads/watchdog';

/**
 * Ends this process if its main thread is blocked for `limitMs` (null: never), and measures shorter
 * blocks.
 */
export function watchMainThread(registry: Registry, limitMs: number | null): void {
  const watchdog = startWatchdog({ limitMs });
  const registers = [registry];
  new Gauge({
    name: 'touchstone_main_thread_longest_stall_seconds',
    help: 'The longest time that the thread which answers stood still since the start, to a quarter of a second.',
    registers,
    collect() {
      this.set(watchdog.longestMs() / 1000);
    },
  });
  new Counter({
    name: 'touchstone_main_thread_stalled_seconds_total',
    help: 'How long the thread which answers stood still in all, counting half a second and more at a time.',
    registers,
    collect() {
      this.reset();
      this.inc(watchdog.totalMs() / 1000);
    },
  });
}
