import type { Memtable, OffsetsByPart } from './memtable.ts';
import type { SortedRunParts, StoredFilter } from './sorted-run-parts.ts';
import { addFilters, greater, runWith, type SortedRuns } from './sorted-runs.ts';

/**
 * Counts the published events in a range of positions, both inclusive, and finds their greatest
 * time, from the events themselves.
 */
export type CountPublished = (first: number, last: number) => { published: number; greatestTime: number | null };

/** A memtable whose first parts are already written to a run. */
export interface FlushInProgress {
  readonly run: number;
  readonly keys: Memtable;
  readonly order: OffsetsByPart;
  readonly filters: StoredFilter[];
  published: number;
  greatestTime: number | null;
}

export interface Flush {
  begin(keys: Memtable): FlushInProgress;
  /**
   * Call within a transaction that appends this many events: writes the next parts. Call the
   * returned function after the commit, and not after a rollback.
   */
  work(flushing: FlushInProgress, appended: number): () => 'whole' | 'unfinished';
}

/**
 * Entries written per appended event: twice the pace of the appends completes a flush before the
 * next memtable is full.
 */
const PACE = 2;
/** Average entries of a part. */
const PART_ENTRIES = 512;
const LEAST_BITS = 2;

export function openFlush(
  runs: SortedRuns,
  parts: SortedRunParts,
  countPublished: CountPublished,
  runEvents: number,
): Flush {
  const bits = Math.max(LEAST_BITS, Math.round(Math.log2(runEvents / PART_ENTRIES)));
  const partsInAll = 2 ** bits;
  return {
    begin: (keys) => ({
      run: runs.nextNumber(),
      keys,
      order: keys.byPart(bits),
      filters: [],
      published: 0,
      greatestTime: null,
    }),
    work(flushing, appended) {
      const { run, keys, order } = flushing;
      const from = flushing.filters.length;
      const below = Math.min(partsInAll, from + Math.ceil((appended * PACE * partsInAll) / runEvents));
      const written: StoredFilter[] = [];
      for (let part = from; part < below; part++) {
        const offsets = order.offsets.subarray(order.starts[part], order.starts[part + 1]);
        written.push(parts.write(run, part, keys.entriesOf(offsets)));
      }
      // Counts the published events in step with the parts, so that no single call scans the whole
      // run.
      const positionOf = (part: number) => keys.first + Math.floor((keys.count() * part) / partsInAll);
      const counted = countPublished(positionOf(from), positionOf(below) - 1);
      const published = flushing.published + counted.published;
      const greatestTime = greater(flushing.greatestTime, counted.greatestTime);
      const [first, last] = [keys.first, keys.first + keys.count() - 1];
      const whole =
        below === partsInAll ? runWith({ run, bits, first, last, published, greatestTime, from: 0, below }) : undefined;
      if (whole !== undefined) runs.insert(whole, null);
      return () => {
        flushing.filters.push(...written);
        flushing.published = published;
        flushing.greatestTime = greatestTime;
        if (whole === undefined) return 'unfinished';
        addFilters(whole, flushing.filters);
        runs.add(whole);
        return 'whole';
      };
    },
  };
}
