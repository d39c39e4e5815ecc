/** Worker thread that checks the main thread's heartbeats. Started by `startWatchdog`. */

import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { HEARTBEATS, LONGEST_MS, TOTAL_MS, type WatchdogData } from './watchdog-readings.ts';

const { shared, limitMs, tickMs } = workerData as WatchdogData;
const words = new Int32Array(shared);

/** A heartbeat that misses only one tick was late, not absent. */
const TICKS_LATE = 2;

let seen = 0;
let ticks = 0;

setInterval(() => {
  const heartbeats = Atomics.load(words, HEARTBEATS);
  if (heartbeats !== seen) {
    seen = heartbeats;
    if (ticks >= TICKS_LATE) note(ticks * tickMs);
    ticks = 0;
    return;
  }
  ticks++;
  if (limitMs !== null && ticks * tickMs > limitMs) end(ticks * tickMs);
}, tickMs);

function note(stoodMs: number): void {
  Atomics.store(words, LONGEST_MS, Math.max(Atomics.load(words, LONGEST_MS), stoodMs));
  Atomics.add(words, TOTAL_MS, stoodMs);
}

function end(stoodMs: number): void {
  const seconds = (stoodMs / 1000).toFixed(1);
  writeSync(
    2,
    `The main thread has stood still for ${seconds} s and answers nobody: the process ends (STALL_LIMIT).\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
