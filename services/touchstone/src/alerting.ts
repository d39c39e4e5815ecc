import { setTimeout as pause } from 'node:timers/promises';
import type { AlertsLedger, Evaluator } from '@touchstone/operations';
import { Gauge, knownSoon, type Logger, METRICS_PATIENCE, type Registry, remembered } from '@touchstone/runtime';

/** How often it looks whether a minute is over. */
const LOOK_MS = 1_000;
/** How long it waits after a failure. */
const AGAIN_MS = 10_000;
/** How long a stop waits for the minute at hand. */
const STOP_MS = 2_000;

/** Judges alerts as minutes pass, and tries again after a failure; `stop` waits for its end. */
export function startAlerting(evaluator: Evaluator, logger: Logger): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      const failed = await evaluator.judge().then(
        () => false,
        (error: unknown) => {
          if (!stopping.signal.aborted) logger.error({ err: error }, 'alerts could not be judged; trying again');
          return true;
        },
      );
      await pause(failed ? AGAIN_MS : LOOK_MS, undefined, { signal: stopping.signal, ref: false }).catch(
        () => undefined,
      );
    }
  };
  const running = run();
  return {
    stop: () => {
      stopping.abort();
      // A minute that is given up is judged again after the next start.
      return Promise.race([running, pause(STOP_MS, undefined, { ref: false })]);
    },
  };
}

/** Several servers may scrape. */
const KEEP_MS = 1_000;

/** Shows which alerts fire: 1, and 0 once they have ended; nothing while the log does not say. */
export function measureAlerts(registry: Registry, alerts: AlertsLedger): void {
  const told = knownSoon(
    remembered(
      () => alerts.list(),
      () => KEEP_MS,
    ),
    METRICS_PATIENCE,
  );
  const labelNames = ['kind', 'name', 'severity'] as const;
  new Gauge({
    name: 'touchstone_alert_firing',
    help: 'Whether an alert of an objective or a heartbeat fires: 1, or 0 once it has ended.',
    labelNames,
    registers: [registry],
    async collect() {
      const known = await told();
      this.reset();
      // In the order of their begins, so that the newest of each decides.
      for (const { kind, name, severity, ended } of known?.value ?? []) {
        this.set({ kind, name, severity }, ended === null ? 1 : 0);
      }
    },
  });
}
