import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Requests `/healthz` continuously in its own process; on the message `report` it sends the longest
 * answer since the last report, ms.
 */
const INTERVAL_MS = 10;
const url = process.argv[2]!;
let longest = 0;
let askedAt: number | null = null;

process.once('disconnect', () => process.exit());
process.on('message', () => {
  // A pending request counts with its time so far.
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
