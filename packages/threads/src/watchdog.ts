import { startThread } from './start-thread.ts';
import { HEARTBEATS, type WatchdogData, WORDS, watchdogReadings } from './watchdog-readings.ts';

export interface Watchdog {
  /**
   * Longest time that the main thread was blocked and recovered, ms, accurate to about `tickMs`.
   */
  longestMs(): number;
  /** Sum of all such times, ms. */
  totalMs(): number;
}

export interface WatchdogOptions {
  /** Kill the process once its main thread was blocked this long, ms; with `null` only measure. */
  readonly limitMs: number | null;
  /** Interval at which the watchdog looks, ms. */
  readonly tickMs?: number;
}

/**
 * Watch the main thread from a worker: a blocked main thread answers nobody but holds its port and
 * lock, and looks alive from outside. After `limitMs` the watchdog writes the reason to standard
 * error and ends the process by SIGKILL, which loses nothing acknowledged; it counts its own ticks,
 * so that a suspended machine or SIGSTOP does not count as blocked.
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
