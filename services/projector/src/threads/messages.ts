import type { PackedEvents } from '@touchstone/event-store/packed-events';
import type { MeasurementRules } from '@touchstone/journey';
import type { Condemned, FoldedBatch } from '@touchstone/projection';

/**
 * Messages between the thread that reads and writes and a thread that folds. `fold` identifies the
 * folder; a thread serves several.
 */
export type ToThread =
  | {
      readonly kind: 'start';
      readonly fold: number;
      readonly measures: MeasurementRules;
      readonly after: bigint;
      readonly parked: readonly bigint[];
      readonly customersMax: number | undefined;
      readonly condemned: Condemned | undefined;
    }
  | { readonly kind: 'take'; readonly fold: number; readonly events: PackedEvents }
  | { readonly kind: 'finish'; readonly fold: number; readonly upTo: bigint }
  /** The next page of one of the streams that a reading requested. */
  | { readonly kind: 'page'; readonly reading: number; readonly at: number; readonly events: PackedEvents }
  /** All pages of a reading were sent. */
  | { readonly kind: 'read'; readonly reading: number }
  | { readonly kind: 'unreadable'; readonly reading: number; readonly error: Error }
  | { readonly kind: 'close'; readonly fold: number }
  /** No more requests follow; the thread ends by itself. */
  | { readonly kind: 'end' };

export type FromThread =
  | { readonly kind: 'taken'; readonly fold: number }
  | { readonly kind: 'finished'; readonly fold: number; readonly folded: FoldedBatch }
  /** An error loses its class on the way, so a flag carries it. */
  | { readonly kind: 'failed'; readonly fold: number; readonly error: Error; readonly isRangeFault: boolean }
  | {
      readonly kind: 'read';
      readonly fold: number;
      readonly reading: number;
      readonly asked: readonly { readonly stream: string; readonly upTo: bigint | undefined }[];
    };
