import { startThread } from './start-thread.ts';
import { HEARTBEATS, type WatchdogData, WORDS, watchdogReadings } from './watchdog-readings.ts';

export interface Watchdog {
  /** Longest time that the main thread stood still and went on again, ms, to about `tickMs`. */
  longestMs(): number;
  /** The sum of all such times, ms. */
  totalMs(): number;
}

export interface WatchdogOptions {
  /** The process is killed when its main thread has stood still for so long, ms; `null`: never, it is only measured. */
  readonly limitMs: number | null;
  /** How often the thread looks, ms. */
  readonly tickMs?: number;
}

/**
 * Watch the main thread, from a thread of its own: one that stands still for too long answers nobody and holds port and lock, while everything outside
 * takes the process for a living one. Then the reason goes to standard error, and the process ends by SIGKILL, which loses nothing acknowledged. The
 * thread counts its own ticks, so that a process that was stopped (a suspended machine, SIGSTOP) is none the older for it.
 */
export function startWatchdog({ limitMs, tickMs = 250 }: WatchdogOptions): Watchdog {
  const shared = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(shared);
  const data: WatchdogData = { shared, limitMs, tickMs };
  startThread(new URL('./watchdog-thread.ts', import.meta.url), {
    name: 'watchdog',
    data,
    youngGenerationMb: 1,
  }).unref();
  setInterval(() => Atomics.add(words, HEARTBEATS, 1), tickMs / 2).unref();
  return watchdogReadings(words);
}
