/** Times in ms, in order, in chunks of a bounded length: one more costs as little among a hundred thousand as among a hundred, wherever it belongs. */
export type SortedTimes = number[][];

const CHUNK_MAX = 512;

export function addTime(times: SortedTimes, time: number): void {
  if (times.length === 0) times.push([]);
  const index = Math.min(chunkOf(times, time), times.length - 1);
  const chunk = times[index]!;
  insertTime(chunk, time);
  if (chunk.length > CHUNK_MAX) times.splice(index + 1, 0, chunk.splice(CHUNK_MAX / 2));
}

/** Take away one that is there. */
export function removeTime(times: SortedTimes, time: number): void {
  const index = chunkOf(times, time);
  const chunk = times[index]!;
  chunk.splice(firstFrom(chunk, time), 1);
  if (chunk.length === 0) times.splice(index, 1);
}

/** The first at or after `from`; undefined if there is none. */
export function nextTime(times: SortedTimes, from: number): number | undefined {
  const chunk = times[chunkOf(times, from)];
  return chunk?.[firstFrom(chunk, from)];
}

export function copyTimes(times: SortedTimes): SortedTimes {
  return times.map((chunk) => [...chunk]);
}

/** Into a plain sorted list, where there are few. */
export function insertTime(times: number[], time: number): void {
  times.splice(firstFrom(times, time), 0, time);
}

/** The index of the first chunk that reaches up to `time`; their number if none does. */
function chunkOf(times: SortedTimes, time: number): number {
  return firstIndex(times.length, (index) => times[index]!.at(-1)! >= time);
}

function firstFrom(times: readonly number[], time: number): number {
  return firstIndex(times.length, (index) => times[index]! >= time);
}

/** The first index for which it holds, given that it holds for all after; `length` if for none. News mostly comes in order, and then belongs at the end. */
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
