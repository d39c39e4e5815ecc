import type { EventStore } from '@touchstone/event-store';
import type { ClockKind } from '@touchstone/journey';
import { type RecordedLeap, recordLeap } from '@touchstone/operations';
import {
  type Config,
  Counter,
  Gauge,
  type Leap,
  type Logger,
  type MachineClocks,
  type Registry,
  type TrustedClock,
  trustedClock,
} from '@touchstone/runtime';

/** Source of the current time for every part of a process. */
export interface ProductTime {
  readonly kind: ClockKind;
  /** The product's now, ms; null if the log holds no times. */
  now(): Promise<number | null>;
  /**
   * Like {@link now}, for announcing what fell due. Also null while the log alone supports the
   * time.
   */
  dueBefore(): Promise<number | null>;
  /**
   * Latest `time` (ms) that an event may bear now; null if there is no limit. Taken from the time
   * of day, even if the product's now is the log's.
   */
  latestTime(): number | null;
  readonly clock: TrustedClock;
  /**
   * Reports that announcements for this many customers, up to this far ahead (ms), were just
   * withdrawn.
   */
  onCorrected(customers: number, aheadMs: number): void;
  /** Leaps of the clock seen, and customers corrected, since the process began. */
  seen(): { readonly leaps: number; readonly corrected: number };
}

/**
 * `CLOCK=wall`: the time of day as far as it can be trusted. `CLOCK=log`: the greatest event time,
 * which no clock of the machine moves.
 */
export async function productTime(
  { clock: kind, futureLimitMs }: Config,
  store: EventStore,
  logger: Logger,
  clocks: MachineClocks,
): Promise<ProductTime> {
  // The store accepts no event further ahead than the limit, so a clock that is further behind the
  // greatest event time is wrong, and is not trusted at once.
  const greatest = futureLimitMs === null ? null : await store.greatestTime();
  let leaps = 0;
  let corrected = 0;
  const record = (leap: Omit<RecordedLeap, 'machine'>) => {
    recordLeap(store, leap).catch((error: unknown) => logger.error({ err: error, ...leap }, 'a leap was not recorded'));
  };
  const onLeap = ({ at, byMs, outcome }: Leap) => {
    logger.warn({ byMs, outcome }, SAID[outcome]);
    // Only a finished leap is recorded, because until then the log's own clock may be the wrong
    // one.
    if (outcome === 'distrusted') leaps++;
    else record({ at, byMs, outcome, customers: 0 });
  };
  const clock = trustedClock(clocks, { atLeast: greatest === null ? null : greatest - futureLimitMs!, onLeap });
  const now = async () => (kind === 'wall' ? clock.now() : store.greatestTime());
  return {
    kind,
    clock,
    now,
    dueBefore: async () => (kind === 'wall' && !clock.isKnown() ? null : now()),
    latestTime: () => (futureLimitMs === null ? null : clock.now() + futureLimitMs),
    onCorrected(customers, aheadMs) {
      corrected += customers;
      record({ at: clock.now(), byMs: aheadMs, outcome: 'withdrawn', customers });
    },
    seen: () => ({ leaps, corrected }),
  };
}

/** Metrics of a process's clock. */
export function measureClock(registry: Registry, { clock, seen }: ProductTime): void {
  const registers = [registry];
  new Gauge({
    name: 'touchstone_clock_off_seconds',
    help: 'How far the time of day is ahead (or back: negative) of what is trusted; 0 while it is trusted itself.',
    registers,
    collect() {
      this.set(clock.offByMs() / 1000);
    },
  });
  new Counter({
    name: 'touchstone_clock_leaps_total',
    help: 'Leaps of the time of day that this process did not trust at first.',
    registers,
    collect() {
      this.reset();
      this.inc(seen().leaps);
    },
  });
  new Counter({
    name: 'touchstone_clock_corrected_customers_total',
    help: 'Customers of whom this process withdrew what had been announced too early.',
    registers,
    collect() {
      this.reset();
      this.inc(seen().corrected);
    },
  });
}

const SAID = {
  distrusted:
    'the time of day leapt and is not trusted: now stands still until it is back, or has stayed so for ten minutes',
  returned: 'the time of day is back where it was, and is trusted again',
  believed: 'the time of day has stayed where it leapt to, and is believed',
} as const;
