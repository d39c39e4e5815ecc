import type { PackedEvents } from '@touchstone/event-store/packed-events';
import type { Folded } from './fold-stored.ts';
import type { Given, Task } from './tasks.ts';

/**
 * Messages from the reader of a customer's stream to the thread that folds it. One fold at a time,
 * identified by its number.
 */
export type ToThread =
  | {
      readonly kind: 'begin';
      readonly fold: number;
      readonly task: Task;
      readonly customerId: string;
      readonly given: Given<Task>;
      readonly leftOut: ReadonlySet<bigint>;
    }
  | { readonly kind: 'take'; readonly fold: number; readonly events: PackedEvents }
  | { readonly kind: 'finish'; readonly fold: number }
  /** No more folds will come: the thread exits by itself. */
  | { readonly kind: 'end' };

export type FromThread =
  | { readonly kind: 'taken'; readonly fold: number }
  | { readonly kind: 'finished'; readonly fold: number; readonly folded: Folded<unknown> }
  /**
   * The error loses its class on the way to another thread; `position` is set for a
   * {@link BrokenFold}.
   */
  | { readonly kind: 'failed'; readonly fold: number; readonly error: Error; readonly position: bigint | null };
