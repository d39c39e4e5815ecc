/** Indexes of the 32-bit integers that the main thread and the watchdog share. */
export const HEARTBEATS = 0;
export const LONGEST_MS = 1;
export const TOTAL_MS = 2;
export const WORDS = 3;

export interface WatchdogData {
  readonly shared: SharedArrayBuffer;
  readonly limitMs: number | null;
  readonly tickMs: number;
}

export function watchdogReadings(words: Int32Array) {
  return {
    longestMs: () => Atomics.load(words, LONGEST_MS),
    totalMs: () => Atomics.load(words, TOTAL_MS),
  };
}
