import type { OnDamaged } from '@touchstone/event-store';
import { CUSTOMER_STREAM } from '@touchstone/projector';
import { Gauge, type Logger, type Registry } from '@touchstone/runtime';

/** What shows rows that were made before an event was damaged. */
export interface ShownRows {
  /** Whether rows count an event of this position, which cannot be read any more. */
  isCounted(position: bigint): boolean;
  /** They are not what they should be, for this reason: they are filled anew from the log as it is now. */
  distrust(reason: string): void;
}

/** Damaged events of the log, as they are met by whatever reads it. */
export interface DamageWatch {
  readonly onDamaged: OnDamaged;
  /** From now on rows that count what is damaged are filled anew. */
  attend(rows: ShownRows): void;
  /** The rows have come further: what they did not count yet they may by now. */
  lookAgain(): void;
  measure(registry: Registry): void;
}

export function watchDamage(logger: Logger): DamageWatch {
  const found = new Set<bigint>();
  /** What stands in streams of our own is counted by no row. */
  const published = new Set<bigint>();
  let rows: ShownRows | undefined;
  let looking = false;

  function look(): void {
    looking = false;
    const counted = rows === undefined ? undefined : [...published].find(rows.isCounted);
    if (counted !== undefined)
      rows?.distrust(`it counts the event at position ${counted}, which is damaged in the log`);
  }
  /** After all that is read in this turn. */
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
