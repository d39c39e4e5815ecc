import type { OnDamaged } from '@touchstone/event-store';
import { CUSTOMER_STREAM } from '@touchstone/journey';
import type { ShownRows } from '@touchstone/operations';
import { Gauge, type Logger, type Registry } from '@touchstone/runtime';

/** Collects the damaged events of the log as its readers meet them. */
export interface DamageWatch {
  readonly onDamaged: OnDamaged;
  /** From now on rows that count a damaged event are refilled. */
  attend(rows: ShownRows): void;
  /** Tells the watch that the rows have come further and may count a damaged event by now. */
  lookAgain(): void;
  measure(registry: Registry): void;
}

export function watchDamage(logger: Logger): DamageWatch {
  const found = new Set<bigint>();
  /**
   * Damaged events of customers' streams only, because rows count no event of the product's own
   * streams.
   */
  const published = new Set<bigint>();
  let rows: ShownRows | undefined;
  let looking = false;

  function look(): void {
    looking = false;
    const counted = rows === undefined ? undefined : [...published].find(rows.isCounted);
    if (counted !== undefined)
      rows?.distrust(`it counts the event at position ${counted}, which is damaged in the log`);
  }
  /** Looks once per turn of the event loop, after all reads of this turn. */
  function lookSoon(): void {
    if (looking || published.size === 0) return;
    looking = true;
    setImmediate(look);
  }

  return {
    onDamaged({ position, stream }) {
      const isPublished = stream.startsWith(CUSTOMER_STREAM);
      if (!found.has(position)) {
        logger.error(
          { position: String(position), stream },
          isPublished
            ? 'an event of the log is damaged and set aside (pnpm touchstone parked): its disk may be failing, look after your backups'
            : 'an event of the log is damaged and passed over: its disk may be failing, look after your backups',
        );
        found.add(position);
      }
      if (!isPublished) return;
      published.add(position);
      lookSoon();
    },
    attend(shown) {
      rows = shown;
      lookSoon();
    },
    lookAgain: lookSoon,
    measure(registry) {
      new Gauge({
        name: 'touchstone_log_damaged_events',
        help: 'Events of the log that are not what was accepted, as far as this process has read them. They are set aside; restore a backup where more come.',
        registers: [registry],
        collect() {
          this.set(found.size);
        },
      });
    },
  };
}
