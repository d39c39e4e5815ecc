import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work is done in slices of so many ms; whatever else waits for the thread is served between two of them. */
export const SLICE_MS = 20;

export interface TimeSlices {
  /** The slice has lasted its time: await {@link next}. */
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
