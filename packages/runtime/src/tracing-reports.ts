import type { Logger } from './logger.ts';

/**
 * Minimum interval between reports of one problem, in ms: an exporter repeats it with every batch.
 */
const AGAIN_MS = 60_000;
const MESSAGE_MAX = 500;

/**
 * Reports problems of tracing itself; it buffers them until there is a logger, because tracing
 * opens first.
 */
export function reports() {
  const early: string[] = [];
  const toldAt = new Map<string, number>();
  let warn = (message: string): void => void early.push(message);
  return {
    report(message: string): void {
      const short = message.slice(0, MESSAGE_MAX);
      // Ignores numbers (ports, counts) when it compares messages.
      const kind = short.replaceAll(/\d+/g, '');
      const now = performance.now();
      if (now - (toldAt.get(kind) ?? -AGAIN_MS) < AGAIN_MS) return;
      toldAt.set(kind, now);
      warn(short);
    },
    reportTo(logger: Logger): void {
      warn = (message) => logger.warn({ trouble: message }, 'traces: spans may be missing');
      for (const message of early.splice(0)) warn(message);
    },
  };
}
