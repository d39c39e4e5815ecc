import { correctedToOf, settledToAfter } from './clock-corrected-event.ts';
import { isInstant } from './instant.ts';
import type { MeasurementRules } from './state.ts';

/**
 * The time up to which the log proves that a customer's deadlines have passed. ms since 1970; 0
 * without proof.
 */
export interface KnownTime {
  /** Everything due strictly before this time was announced. */
  announcedTo: number;
  /** Recording time of the customer's newest own event. */
  recordedTo: number;
  /** Recording times up to here came from a clock that ran ahead, and prove nothing. */
  distrustedTo: number;
}

interface Recorded {
  readonly recordedAt: number;
}

interface Announced extends Recorded {
  readonly time: number;
  readonly body: string;
}

export const noTime = (): KnownTime => ({ announcedTo: 0, recordedTo: 0, distrustedTo: 0 });

/** Call it for every recorded event of the customer, even for one that cannot be decoded. */
export function noteRecorded(known: KnownTime, { recordedAt }: Recorded): void {
  if (recordedAt <= known.recordedTo || recordedAt <= known.distrustedTo || !isInstant(recordedAt)) return;
  known.recordedTo = recordedAt;
}

/**
 * Call it for every announcement about the customer. A clock correction also invalidates all
 * earlier recording times, and later ones that are not greater: recording times never decrease
 * along the log, so these come from the same clock.
 */
export function noteAnnounced(known: KnownTime, stored: Announced): void {
  known.announcedTo = settledToAfter(known.announcedTo, stored);
  if (correctedToOf(stored) === null) return;
  known.recordedTo = Math.min(known.recordedTo, stored.time);
  if (isInstant(stored.recordedAt)) known.distrustedTo = Math.max(known.distrustedTo, stored.recordedAt);
}

/** The time strictly before which a read model's rows show deadlines as passed. */
export function shownTo({ settlesToRecording }: MeasurementRules, { announcedTo, recordedTo }: KnownTime): number {
  return settlesToRecording === true ? Math.max(announcedTo, recordedTo) : announcedTo;
}

/**
 * Combines a customer's announcements with their published events, which the caller passes in log
 * order.
 */
export function knowingTime(announced: readonly (Announced & { readonly position: bigint })[]) {
  const known = noTime();
  let next = 0;
  const noteUpTo = (position: bigint | undefined) => {
    for (; next < announced.length; next++) {
      if (position !== undefined && announced[next]!.position > position) return;
      noteAnnounced(known, announced[next]!);
    }
  };
  return {
    published(stored: Recorded & { readonly position: bigint }): void {
      noteUpTo(stored.position);
      noteRecorded(known, stored);
    },
    known(): KnownTime {
      noteUpTo(undefined);
      return known;
    },
  };
}
