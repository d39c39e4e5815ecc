import { setTimeout as wait } from 'node:timers/promises';

/**
 * Where the log is followed, batches are ended no faster than this: an insert costs the engine about the same whether it holds one row or a thousand. Longer, and lists show
 * later what was published; shorter, and questions wait for the engine.
 */
export const PACE_MS = 150;
/** What Kafka brings in larger pieces is not held up. */
export const SMALL_BATCH = 1000;

/** A pause that is begun again and again; over until it is begun first. */
export interface Pause {
  begin(): void;
  isOver(): boolean;
  over(): Promise<void>;
}

export function pauseOf(ms: number): Pause {
  let isOver = true;
  let over = Promise.resolve();
  return {
    begin() {
      isOver = false;
      over = wait(ms).then(() => {
        isOver = true;
      });
    },
    isOver: () => isOver,
    over: () => over,
  };
}
