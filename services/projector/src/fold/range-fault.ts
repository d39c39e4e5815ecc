/**
 * Something in a range of the log cannot be made rows, though each event of it could be read and folded. Smaller ranges show which event it is, and
 * that one is set aside: see {@link searchForFault}.
 */
export class RangeFault extends Error {
  override readonly name = 'RangeFault';
}

/** Events by their positions that no rows can be made of, and why. */
export type Condemned = ReadonlyMap<bigint, string>;

export const whyCondemned = ({ message }: RangeFault) => `no rows can be made of it: ${message}`;

export interface FaultSearch {
  readonly condemned: Condemned;
  /** Events of one range, at most, while the search is on; undefined while there is none. */
  rangeMax(): number | undefined;
  /** A range failed so: the next ones are half as large, or its only event is condemned. False if that was done already, and did not help. */
  noteFailed(fault: RangeFault, range: Range): boolean;
  /** Everything up to here is in the tables. True if this ends the search: nothing failed when it was tried again. */
  noteWritten(upTo: bigint): boolean;
}

/** So many events, of which the last has this position. */
export interface Range {
  readonly events: number;
  readonly upTo: bigint;
}

/** Halves ranges that fail until one is a single event: the logarithm of its events, in tries, for each event that is to blame. */
export function searchForFault(): FaultSearch {
  const condemned = new Map<bigint, string>();
  let rangeMax: number | undefined;
  let failedUpTo = 0n;
  return {
    condemned,
    rangeMax: () => rangeMax,
    noteFailed(fault, { events, upTo }) {
      failedUpTo = upTo;
      rangeMax = events > 1 ? Math.ceil(events / 2) : undefined;
      if (events > 1) return true;
      const isNew = !condemned.has(upTo);
      condemned.set(upTo, whyCondemned(fault));
      return isNew;
    },
    noteWritten(upTo) {
      if (rangeMax === undefined || upTo < failedUpTo) return false;
      rangeMax = undefined;
      return true;
    },
  };
}
