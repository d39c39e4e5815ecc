/** Kinds of deadlines that pass with time alone. The numbers order the kinds at one instant. */
export const PROMISE_DUE = 0;
export const COMPLAINT_OPEN = 1;
export const JOURNEY_ABANDONED = 2;
export const STAGE_IDLE = 3;

export interface Deadline {
  /** ms since 1970. */
  readonly at: number;
  readonly kind: number;
  /** Key of the promise, id of the complaint or journey; empty for the stage. */
  readonly id: string;
}

/**
 * A binary heap with the first deadline, ordered by time, kind and id (by code unit), at index 0. A
 * deadline that no longer applies stays until it reaches the top, so cancelling one costs nothing.
 */
export type Deadlines = Deadline[];

export function isEarlier(one: Deadline, other: Deadline): boolean {
  if (one.at !== other.at) return one.at < other.at;
  if (one.kind !== other.kind) return one.kind < other.kind;
  return one.id < other.id;
}

export function addDeadline(deadlines: Deadlines, deadline: Deadline): void {
  let index = deadlines.length;
  deadlines.push(deadline);
  while (index > 0) {
    const parent = (index - 1) >>> 1;
    if (!isEarlier(deadline, deadlines[parent]!)) break;
    deadlines[index] = deadlines[parent]!;
    index = parent;
  }
  deadlines[index] = deadline;
}

/** Removes the first deadline. */
export function removeFirst(deadlines: Deadlines): void {
  const last = deadlines.pop();
  if (last !== undefined && deadlines.length > 0) replaceFirst(deadlines, last);
}

/** Removes the first deadline and inserts another. */
export function replaceFirst(deadlines: Deadlines, deadline: Deadline): void {
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= deadlines.length) break;
    if (child + 1 < deadlines.length && isEarlier(deadlines[child + 1]!, deadlines[child]!)) child++;
    if (!isEarlier(deadlines[child]!, deadline)) break;
    deadlines[index] = deadlines[child]!;
    index = child;
  }
  deadlines[index] = deadline;
}
