import type { SqliteDatabase } from '../driver.ts';
import { ENTRY_BYTES, leastKey, lowerBound, mergeEntries } from './entries.ts';
import { MOST_PART_BITS } from './identity-hash.ts';
import type { SortedRunParts, StoredFilter } from './sorted-run-parts.ts';
import { MERGED_BITS, MERGED_RUNS, type Merge, type Run, runWith, type SortedRuns, sumOf } from './sorted-runs.ts';

export interface Compaction {
  /**
   * Call within a transaction that appends this many events: does a share of the merging. Call the
   * returned function after the commit, and not after a rollback.
   */
  work(appended: number): () => void;
}

/**
 * Entries that all merges together move per appended event. In the long run each event moves once
 * for every size that runs have grown to; one more than that completes a merge before the next of
 * its size begins, so that appends cost much the same whichever merges run.
 */
const paceOf = (runs: number) => 1 + Math.floor(Math.log(Math.max(1, runs)) / Math.log(MERGED_RUNS));
/**
 * Share of a run moved in one transaction, a millisecond or two. Smaller slices would write the
 * same pages of SQLite's tree more often.
 */
const SLICE_OF_A_RUN = 1 / 16;
/**
 * Share of an average part that an empty part counts as, because its filter is written all the
 * same.
 */
const LEAST_OF_A_PART = 1 / 32;

/**
 * Tiered compaction: four consecutive runs of one size become one, so that the number of runs grows
 * with the logarithm of the log; each transaction takes the same part of every input, writes the
 * four parts of the output with the same keys and deletes the input's, so every key is always in
 * one place, a restart resumes the merge and the file does not grow. A part is never divided, so a
 * single stream with a million events in a merge's inputs delays one commit by some tenths of a
 * second.
 */
export function openCompaction(
  database: SqliteDatabase,
  runs: SortedRuns,
  parts: SortedRunParts,
  runEvents: number,
): Compaction {
  const sliceEntries = runEvents * SLICE_OF_A_RUN;
  const remove = database.prepare('DELETE FROM runs WHERE run = ?');
  let owed = 0;

  /** Moves parts until this many entries are moved. */
  const slice = ({ output, inputs }: Merge, entries: number) => {
    const from = inputs[0]!.from;
    const least = ((output.last - output.first + 1) / 2 ** inputs[0]!.bits) * LEAST_OF_A_PART;
    const filters: StoredFilter[] = [];
    let moved = 0;
    let to = from;
    for (; to < inputs[0]!.below && moved < entries; to++) {
      const merged = mergeEntries(
        inputs.map(({ run, filters }) => parts.read({ run, part: to, entries: filters.entriesOf(to) })),
      );
      filters.push(...writeParts(parts, output, to * MERGED_RUNS, merged));
      moved += Math.max(least, merged.length / ENTRY_BYTES);
    }
    for (const { run } of inputs) parts.drop(run, from, to);
    const isDone = to === inputs[0]!.below;
    if (isDone) for (const { run } of inputs) remove.run(run);
    runs.setMerged(output, isDone ? null : to);
    return { filters, to, moved, isDone };
  };
  const start = (inputs: readonly Run[]) => {
    const [oldest, newest] = [inputs[0]!, inputs.at(-1)!];
    const bits = oldest.bits + MERGED_BITS;
    const range = { first: oldest.first, last: newest.last, ...sumOf(inputs) };
    const output = runWith({ run: runs.nextNumber(), bits, ...range, from: 0, below: 0 });
    runs.insert(output, 0);
    return () => runs.addMerge({ output, inputs });
  };

  return {
    work(appended) {
      const begun = mergeable(runs);
      const added = begun === undefined ? undefined : start(begun);
      const merge = smallest(runs.merges);
      const due = merge === undefined ? 0 : owed + appended * paceOf(runs.last() / runEvents);
      if (merge === undefined || due < sliceEntries) {
        return () => {
          owed = due;
          added?.();
        };
      }
      const { filters, to, moved, isDone } = slice(merge, due);
      return () => {
        owed = due - moved;
        runs.moved(merge, to, filters);
        if (isDone) runs.removeMerge(merge);
        added?.();
      };
    },
  };
}

/** The merge closest to its end: others of its size wait for it, and larger ones for them. */
function smallest(merges: readonly Merge[]): Merge | undefined {
  return merges.toSorted((a, b) => a.output.bits - b.output.bits)[0];
}

/** Writes the parts of the output from `first` on, as many as one input part becomes. */
function writeParts(parts: SortedRunParts, output: Run, first: number, merged: Buffer): StoredFilter[] {
  const written: StoredFilter[] = [];
  const streams = 2 ** (48 - output.bits);
  let from = 0;
  for (let part = first; part < first + MERGED_RUNS; part++) {
    const below = lowerBound(merged, leastKey((part + 1) * streams));
    written.push(parts.write(output.run, part, merged.subarray(from, below)));
    from = below;
  }
  return written;
}

/** The oldest four consecutive runs of one size, none of them in a merge already. */
function mergeable(runs: SortedRuns): Run[] | undefined {
  const isMerging = (run: Run) => runs.merges.some(({ output, inputs }) => output === run || inputs.includes(run));
  let same: Run[] = [];
  for (const run of runs.all) {
    if (isMerging(run) || run.bits + MERGED_BITS > MOST_PART_BITS) same = [];
    else if (same.length > 0 && same[0]!.bits !== run.bits) same = [run];
    else same.push(run);
    if (same.length === MERGED_RUNS) return same;
  }
  return undefined;
}
