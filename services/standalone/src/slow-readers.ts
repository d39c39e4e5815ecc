import { Counter, type Logger, type Registry } from '@touchstone/runtime';

/** Subscriptions that the server of the log ended because this process was slow. */
export interface SlowReaders {
  readonly onTooSlow: () => void;
  measure(registry: Registry): void;
}

/** Told in the log of the process at most once in this time. */
const TELL_EVERY_MS = 60_000;

/** Counts them: under load they come several times a minute, and all that follows is that events are read in pages for a while. */
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
