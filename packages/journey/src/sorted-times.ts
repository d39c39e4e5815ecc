/**
 * Sorted times in ms, in chunks of bounded length: inserting one anywhere costs as little among a
 * hundred thousand as among a hundred.
 */
export interface SortedTimes {
  size: number;
  readonly chunks: number[][];
}

const CHUNK_MAX = 512;

export function noTimes(): SortedTimes {
  return { size: 0, chunks: [] };
}

export function copyTimes({ size, chunks }: SortedTimes): SortedTimes {
  return { size, chunks: chunks.map((chunk) => [...chunk]) };
}

export function addTime(times: SortedTimes, time: number): void {
  const { chunks } = times;
  times.size++;
  if (chunks.length === 0) {
    chunks.push([time]);
    return;
  }
  const index = Math.min(chunkOf(chunks, time), chunks.length - 1);
  const chunk = chunks[index]!;
  chunk.splice(firstFrom(chunk, time), 0, time);
  if (chunk.length > CHUNK_MAX) chunks.splice(index + 1, 0, chunk.splice(CHUNK_MAX / 2));
}

/** Removes one entry with this time, if there is one. */
export function removeTime(times: SortedTimes, time: number): void {
  const { chunks } = times;
  const index = chunkOf(chunks, time);
  const chunk = chunks[index];
  if (chunk === undefined) return;
  const place = firstFrom(chunk, time);
  if (chunk[place] !== time) return;
  times.size--;
  chunk.splice(place, 1);
  if (chunk.length === 0) chunks.splice(index, 1);
}

/** Removes all times before `from`. */
export function dropTimesBefore(times: SortedTimes, from: number): void {
  const { chunks } = times;
  const first = firstTime(times);
  if (first === undefined || first >= from) return;
  const whole = chunkOf(chunks, from);
  for (const chunk of chunks.splice(0, whole)) times.size -= chunk.length;
  const chunk = chunks[0];
  if (chunk !== undefined) times.size -= chunk.splice(0, firstFrom(chunk, from)).length;
}

/** The first time at or after `from`; undefined if there is none. */
export function nextTime({ chunks }: SortedTimes, from: number): number | undefined {
  const chunk = chunks[chunkOf(chunks, from)];
  return chunk?.[firstFrom(chunk, from)];
}

export function firstTime({ chunks }: SortedTimes): number | undefined {
  return chunks[0]?.[0];
}

export function lastTime({ chunks }: SortedTimes): number | undefined {
  return chunks.at(-1)?.at(-1);
}

/** The time at an index, like an array's `at`: from 0, and from -1 backwards. */
export function timeAt({ size, chunks }: SortedTimes, index: number): number | undefined {
  let left = index < 0 ? size + index : index;
  for (const chunk of chunks) {
    if (left < chunk.length) return chunk[left];
    left -= chunk.length;
  }
  return undefined;
}

/**
 * Number of times at or after `from`. Counts whole chunks: a thousand such calls on a hundred
 * thousand times take a ms.
 */
export function countFrom({ chunks }: SortedTimes, from: number): number {
  let count = 0;
  for (let index = chunks.length - 1; index >= 0; index--) {
    const chunk = chunks[index]!;
    if (chunk[0]! < from) return count + chunk.length - firstFrom(chunk, from);
    count += chunk.length;
  }
  return count;
}

/** Index of the first chunk that ends at or after `time`; the number of chunks if none does. */
function chunkOf(chunks: readonly number[][], time: number): number {
  return firstIndex(chunks.length, (index) => chunks[index]!.at(-1)! >= time);
}

function firstFrom(times: readonly number[], time: number): number {
  return firstIndex(times.length, (index) => times[index]! >= time);
}

/**
 * The first index for which `holds` is true, provided that it is true for all later ones; `length`
 * if for none. Checks the last index first, because events mostly come in order and belong at the
 * end.
 */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  if (length === 0 || !holds(length - 1)) return length;
  let [low, high] = [0, length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
