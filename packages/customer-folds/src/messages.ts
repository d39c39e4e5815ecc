import type { PackedEvents } from '@touchstone/event-store/packed-events';
import type { Folded } from './fold-stored.ts';
import type { Given, Task } from './tasks.ts';

/** What is said between whoever reads a customer's stream and the thread that folds it: one fold at a time, known by its number. */
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
  /** Nothing more will be asked: the thread ends by itself. */
  | { readonly kind: 'end' };

export type FromThread =
  | { readonly kind: 'taken'; readonly fold: number }
  | { readonly kind: 'finished'; readonly fold: number; readonly folded: Folded<unknown> }
  /** An error crosses without its class. `position`: of a {@link BrokenFold}. */
  | { readonly kind: 'failed'; readonly fold: number; readonly error: Error; readonly position: bigint | null };
