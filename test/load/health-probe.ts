import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks `/healthz` again and again, in a process of its own; told `report`, it says the longest answer since the last report, ms. */
const INTERVAL_MS = 10;
const url = process.argv[2]!;
let longest = 0;
let askedAt: number | null = null;

process.once('disconnect', () => process.exit());
process.on('message', () => {
  // One that is still awaited has taken so long already.
  const waiting = askedAt === null ? 0 : performance.now() - askedAt;
  process.send!(Math.max(longest, waiting));
  longest = 0;
});

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(`${url}/healthz`, (answer) => answer.resume().once('end', resolve)).once('error', reject);
  });
}

for (;;) {
  askedAt = performance.now();
  await ask();
  longest = Math.max(longest, performance.now() - askedAt);
  askedAt = null;
  await pause(INTERVAL_MS);
}
