/**
 * Long work is done in slices of this length, one slice in each round of the event loop for all
 * such work together. Other requests are served between two slices; each needs about four rounds.
 */
export const SLICE_MS = 8;

export interface TimeSlices {
  /** Whether the slice has used its time; then await {@link next}. */
  isOver(): boolean;
  next(): Promise<void>;
}

/** The first slice begins at once, so that short work waits for nothing. */
export function timeSlices(): TimeSlices {
  let began = performance.now();
  return {
    isOver: () => performance.now() - began > SLICE_MS,
    async next() {
      await nextSlice();
      began = performance.now();
    },
  };
}

const waiting: (() => void)[] = [];

/** Resolves in a later round of the event loop, after all earlier callers had their slice. */
export function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(beginNext);
  });
}

function beginNext(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(beginNext);
}

/** Does the work for each item, one after the other, in slices. */
export async function inSlices<Item>(items: Iterable<Item>, work: (item: Item) => void): Promise<void> {
  const slices = timeSlices();
  for (const item of items) {
    if (slices.isOver()) await slices.next();
    work(item);
  }
}
