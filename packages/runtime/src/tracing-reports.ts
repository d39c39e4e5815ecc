import type { Logger } from './logger.ts';

/** The same trouble is told once in this time: an exporter meets it with every batch. */
const AGAIN_MS = 60_000;
const MESSAGE_MAX = 500;

/** Troubles of the tracing itself, which is opened before there is a logger. */
export function reports() {
  const early: string[] = [];
  const toldAt = new Map<string, number>();
  let warn = (message: string): void => void early.push(message);
  return {
    report(message: string): void {
      const short = message.slice(0, MESSAGE_MAX);
      // Numbers in it (ports, counts) do not make another trouble.
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
