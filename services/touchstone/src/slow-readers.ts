import { Counter, type Logger, type Registry } from '@touchstone/runtime';

/** Counts subscriptions that the log's server ended because this process read too slowly. */
export interface SlowReaders {
  readonly onTooSlow: () => void;
  measure(registry: Registry): void;
}

/** Upper limit of the log lines: one in this time. */
const TELL_EVERY_MS = 60_000;

/**
 * Counts them without alarm: under load they come several times a minute, and the only effect is
 * that events are read in pages for a while.
 */
export function watchSlowReaders(logger: Logger, now: () => number = () => performance.now()): SlowReaders {
  let count = 0;
  let untold = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    onTooSlow() {
      count++;
      untold++;
      if (now() - toldAt < TELL_EVERY_MS) return;
      logger.warn(
        { times: untold },
        'the event store ended a subscription because this process is slow: it reads on in pages until it has caught up',
      );
      toldAt = now();
      untold = 0;
    },
    measure(registry) {
      new Counter({
        name: 'touchstone_log_too_slow_total',
        help: 'Subscriptions that the server of the log ended because this process was slow; it read on in pages.',
        registers: [registry],
        collect() {
          this.reset();
          this.inc(count);
        },
      });
    },
  };
}
