/**
 * Some event of a range makes no valid row, although each could be read and folded.
 * {@link searchForFault} halves the range until one event is left, which is then parked.
 */
export class RangeFault extends Error {
  override readonly name = 'RangeFault';
}

/** Position → reason, for events that make no valid rows. */
export type Condemned = ReadonlyMap<bigint, string>;

export const whyCondemned = ({ message }: RangeFault) => `no rows can be made of it: ${message}`;

export interface FaultSearch {
  readonly condemned: Condemned;
  /** Upper limit of the events per range during the search; undefined while there is no search. */
  rangeMax(): number | undefined;
  /**
   * Records that a range failed: the next ranges are half as large, or its only event is condemned.
   * False if that event was condemned before, so that it did not help.
   */
  noteFailed(fault: RangeFault, range: Range): boolean;
  /**
   * Records that everything up to here is in the tables. True if this ends the search, because the
   * retry had no failure.
   */
  noteWritten(upTo: bigint): boolean;
}

/** Number of events, and the position of the last one. */
export interface Range {
  readonly events: number;
  readonly upTo: bigint;
}

/** Halves failing ranges until one is a single event: log2(events) tries for each faulty event. */
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
