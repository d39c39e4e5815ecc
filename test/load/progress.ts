import { setTimeout as pause } from 'node:timers/promises';
import type { SystemProcess } from '../crash/system-process.ts';

/** A log that has not grown for this long counts as fully announced. */
const QUIET_MS = 5_000;
const PATIENCE_MS = 1_800_000;

interface Position {
  readonly log: string;
  readonly projected: string;
}

type System = Pick<SystemProcess, 'url'>;
type Headers = Record<string, string>;

/** Asks again while a busy store is away: 503. */
async function positionOf({ url }: System, headers: Headers): Promise<Position> {
  for (;;) {
    const answer = await fetch(`${url}/v1/position`, { headers });
    if (answer.ok) return (await answer.json()) as Position;
    if (answer.status !== 503) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
    await pause(500);
  }
}

/**
 * Waits until everything that the log holds now is projected, even if others go on publishing.
 * @throws after half an hour.
 */
export async function untilProjected(system: System, headers: Headers = {}): Promise<void> {
  const { log } = await positionOf(system, headers);
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const { projected } = await positionOf(system, headers);
    if (BigInt(projected) >= BigInt(log)) return;
    if (performance.now() > giveUpAt) throw new Error(`projected ${projected} of ${log} only`);
    await pause(50);
  }
}

/**
 * Waits until nothing more is announced, provided that nobody publishes.
 * @throws after half an hour.
 */
export async function untilQuiet(system: System): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let last = '';
  for (let since = performance.now(); performance.now() - since < QUIET_MS; await pause(500)) {
    const { log, projected } = await positionOf(system, {});
    if (log !== last || log !== projected) since = performance.now();
    last = log;
    if (performance.now() > giveUpAt) throw new Error('what fell due is still being announced');
  }
}
