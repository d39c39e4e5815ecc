import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Long work is cut into slices of this many ms; between two of them the thread serves other
 * requests.
 */
export const SLICE_MS = 20;

export interface TimeSlices {
  /** Whether the slice has used its time; then await {@link next}. */
  isOver(): boolean;
  next(): Promise<void>;
}

export function timeSlices(): TimeSlices {
  let began = performance.now();
  return {
    isOver: () => performance.now() - began > SLICE_MS,
    async next() {
      await nextTurn();
      began = performance.now();
    },
  };
}
