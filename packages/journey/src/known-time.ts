import { correctedToOf, settledToAfter } from './clock-corrected-event.ts';
import { isInstant } from './instant.ts';
import type { Measures } from './state.ts';

/** How far time is known to have come for a customer, by what the log says of them. ms since 1970; 0 while nothing does. */
export interface KnownTime {
  /** Everything that fell due strictly before it was announced. */
  announcedTo: number;
  /** When the newest of their own events was recorded. */
  recordedTo: number;
  /** What was recorded up to here was recorded by a clock that ran ahead, and proves nothing. */
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

/** An event of theirs was recorded, whether or not anything can be made of it. */
export function noteRecorded(known: KnownTime, { recordedAt }: Recorded): void {
  if (recordedAt <= known.recordedTo || recordedAt <= known.distrustedTo || !isInstant(recordedAt)) return;
  known.recordedTo = recordedAt;
}

/**
 * Something was announced of them. A correction of the clock also says of the times of recording before it that they ran ahead; those that follow
 * without being later are of the same clock, for they never decrease along the log.
 */
export function noteAnnounced(known: KnownTime, stored: Announced): void {
  known.announcedTo = settledToAfter(known.announcedTo, stored);
  if (correctedToOf(stored) === null) return;
  known.recordedTo = Math.min(known.recordedTo, stored.time);
  if (isInstant(stored.recordedAt)) known.distrustedTo = Math.max(known.distrustedTo, stored.recordedAt);
}

/** What the rows of a read model show as fallen due is what fell due strictly before it. */
export function shownTo({ settlesToRecording }: Measures, { announcedTo, recordedTo }: KnownTime): number {
  return settlesToRecording === true ? Math.max(announcedTo, recordedTo) : announcedTo;
}

/** Gathered over what was announced of a customer, and what they published, which is given in the order of the log. */
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
