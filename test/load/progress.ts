import { setTimeout as pause } from 'node:timers/promises';
import { request, type SystemProcess } from '../crash/system-process.ts';

/** The log has grown no more for so long: all that fell due is announced. */
const QUIET_MS = 5_000;
const PATIENCE_MS = 1_800_000;

interface Position {
  readonly log: string;
  readonly projected: string;
}

type System = Pick<SystemProcess, 'url'>;
type Headers = Record<string, string>;

const positionOf = ({ url }: System, headers: Headers) => request<Position>(`${url}/v1/position`, undefined, headers);

/** Waits until what the log held when this was asked is projected, whoever goes on publishing. Throws after half an hour. */
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

/** Waits until nothing is announced any more, where nobody publishes. Throws after half an hour. */
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
