import { exactNumber, type SqliteDatabase } from '../driver.ts';
import { DamagedLog } from '../failure.ts';
import { checksumOfRow } from '../row-checksum.ts';
import { otherStreamWord, type PartFilters, partFilters, streamWord } from './bloom-filter.ts';
import { type KeyWords, partOf } from './identity-hash.ts';
import type { SortedRunParts, StoredFilter } from './sorted-run-parts.ts';

/**
 * A sorted run: the keys of a range of positions, split into 2^bits parts by the first bits of the
 * stream's hash.
 */
export interface Run {
  readonly run: number;
  readonly bits: number;
  /** Positions, both inclusive. */
  readonly first: number;
  readonly last: number;
  /** Published events of the run, stored so that opening need not count them. */
  readonly published: number;
  readonly greatestTime: number | null;
  /**
   * Half-open range of the parts that this run holds. During a merge the output holds the parts
   * moved so far, the inputs the rest.
   */
  from: number;
  below: number;
  readonly filters: PartFilters;
}

/** A merge under way. */
export interface Merge {
  readonly output: Run;
  readonly inputs: readonly Run[];
}

export interface SortedRuns {
  /** All runs, including the inputs and the output of running merges, ordered by first position. */
  readonly all: readonly Run[];
  readonly merges: readonly Merge[];
  /** Position of a key, given as words so that a lookup of a new key allocates nothing. */
  find(...key: KeyWords): number | undefined;
  /** Ascending positions in `(after, upTo]` of the streams with this hash. */
  positionsOf(stream: number, after: number, upTo: number): number[];
  /**
   * Upper bound of a stream's events, from memory alone; `sizeOf` gives the exact number and, for
   * streams asked lately, reads only the runs added since.
   */
  sizeAtMost(stream: number): number;
  sizeOf(stream: number): number;
  /** An unused number for a new run. */
  nextNumber(): number;
  /**
   * Stores the run within a transaction; `merged` is `null` for a complete run. Call `add` after
   * the commit.
   */
  insert(run: Run, merged: number | null): void;
  /** Stores, within a transaction, how many parts of its inputs a run holds; `null` for all. */
  setMerged(run: Run, merged: number | null): void;
  add(run: Run): void;
  addMerge(merge: Merge): void;
  /**
   * Call after the commit that moved the next parts of a merge, up to `to` (exclusive), with their
   * new filters.
   */
  moved(merge: Merge, to: number, filters: Iterable<StoredFilter>): void;
  /** Call after the commit that ended a merge. */
  removeMerge(merge: Merge): void;
  last(): number;
  published(): number;
  greatestTime(): number | null;
}

/**
 * Size of the cache from streams to the runs that may contain them, cleared when runs change.
 * Probing every run's Bloom filter costs a cache miss each, and consecutive events are usually of
 * one customer.
 */
const MOST_HOLDERS = 10_000;
/** Size of the cache of the number of events that streams have in the runs. */
const MOST_SIZES = 10_000;
const NONE: readonly Run[] = [];

/** Throws {@link DamagedLog} where a run or a part of one is missing. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the runs that all members share.
export function openSortedRuns(database: SqliteDatabase, parts: SortedRunParts): SortedRuns {
  const insert = database.prepare(
    'INSERT INTO runs (run, bits, first_position, last_position, published, greatest_time, merged, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const setMerged = database.prepare('UPDATE runs SET merged = ?, checksum = ? WHERE run = ?');
  const { runs: all, merges } = loadRuns(database, parts);
  // Deletes what a killed process wrote of an unfinished run, which is flushed again.
  parts.dropOthers(all.map(({ run }) => run));
  const whole = all.filter((run) => !merges.some(({ output }) => output === run));
  let last = 0;
  for (const run of whole) {
    if (run.first !== last + 1) throw new DamagedLog(`the run of position ${last + 1} is missing`);
    last = run.last;
  }
  let { published, greatestTime } = sumOf(whole);
  let next = Math.max(-1, ...all.map(({ run }) => run)) + 1;

  const holders = new Map<number, readonly Run[]>();
  /** The runs that may hold the stream. */
  const holdersOf = (stream: number): readonly Run[] => {
    const known = holders.get(stream);
    if (known !== undefined) return known;
    const [one, two] = [streamWord(stream), otherStreamWord(stream)];
    let found = NONE;
    for (const run of all) {
      const part = partOf(stream, run.bits);
      if (part < run.from || part >= run.below || !run.filters.mayHold(part, one, two)) continue;
      found = [...found, run];
    }
    if (holders.size >= MOST_HOLDERS) holders.clear();
    holders.set(stream, found);
    return found;
  };

  const positionsOf = (stream: number, after: number, upTo: number): number[] => {
    const positions: number[] = [];
    for (const { run, bits, first, last: lastPosition, filters } of holdersOf(stream)) {
      if (lastPosition <= after || first > upTo) continue;
      const part = partOf(stream, bits);
      const found = parts.positionsOf({ run, part, entries: filters.entriesOf(part) }, stream);
      for (const position of found) if (position > after && position <= upTo) positions.push(position);
    }
    return positions;
  };
  // A merge moves events and adds none, so a cached size stays valid until a run is added.
  const sizes = new Map<number, { readonly size: number; readonly upTo: number }>();

  return {
    all,
    merges,
    find(stream, one, two, three) {
      for (const { run, bits, filters } of holdersOf(stream)) {
        const part = partOf(stream, bits);
        if (!filters.mayHold(part, one, two)) continue;
        const position = parts.find({ run, part, entries: filters.entriesOf(part) }, [stream, one, two, three]);
        if (position !== undefined) return position;
      }
      return undefined;
    },
    positionsOf,
    sizeAtMost(stream) {
      let most = 0;
      for (const { bits, filters } of holdersOf(stream)) most += filters.entriesOf(partOf(stream, bits));
      return most;
    },
    sizeOf(stream) {
      const known = sizes.get(stream);
      if (known?.upTo === last) return known.size;
      const { size, upTo } = known ?? { size: 0, upTo: 0 };
      const now = { size: size + positionsOf(stream, upTo, last).length, upTo: last };
      if (sizes.size >= MOST_SIZES) sizes.clear();
      sizes.set(stream, now);
      return now.size;
    },
    nextNumber: () => next++,
    insert(run, merged) {
      const values = valuesOf(run, merged);
      insert.run(...values, checksumOfRow(...values));
    },
    setMerged: (run, merged) => setMerged.run(merged, checksumOfRow(...valuesOf(run, merged)), run.run),
    add(run) {
      holders.clear();
      all.push(run);
      last = run.last;
      published += run.published;
      greatestTime = greater(greatestTime, run.greatestTime);
    },
    addMerge(merge) {
      holders.clear();
      all.splice(all.indexOf(merge.inputs[0]!), 0, merge.output);
      merges.push(merge);
    },
    moved({ output, inputs }, to, filters) {
      holders.clear();
      addFilters(output, filters);
      output.below = to * MERGED_RUNS;
      for (const input of inputs) input.from = to;
    },
    removeMerge(merge) {
      holders.clear();
      for (const input of merge.inputs) all.splice(all.indexOf(input), 1);
      merges.splice(merges.indexOf(merge), 1);
    },
    last: () => last,
    published: () => published,
    greatestTime: () => greatestTime,
  };
}

/** Values of a row of `runs`, in the order of its columns; its checksum covers them. */
function valuesOf(
  { run, bits, first, last, published, greatestTime }: Omit<Run, 'from' | 'below' | 'filters'>,
  merged: number | null,
) {
  return [run, bits, first, last, published, greatestTime, merged] as const;
}

/** Totals of the events of the runs. */
export function sumOf(runs: readonly Run[]): { published: number; greatestTime: number | null } {
  let published = 0;
  let greatestTime: number | null = null;
  for (const run of runs) {
    published += run.published;
    greatestTime = greater(greatestTime, run.greatestTime);
  }
  return { published, greatestTime };
}

/** A run, still without filters. */
export function runWith(row: Omit<Run, 'filters'>): Run {
  return { ...row, filters: partFilters(2 ** row.bits, row.from) };
}

export function addFilters(run: Run, filters: Iterable<StoredFilter>): void {
  for (const { filter, entries } of filters) run.filters.add(filter, entries);
}

/** log2 of the merge fan-in: one merge turns 2^MERGED_BITS runs into one. */
export const MERGED_BITS = 2;
export const MERGED_RUNS = 2 ** MERGED_BITS;

const COLUMNS = ['run', 'bits', 'first_position', 'last_position', 'published', 'greatest_time', 'merged', 'checksum']
  .map((column) => `${exactNumber(column)} AS ${column}`)
  .join(', ');

/** Ordered by position, the output of a merge before its inputs. */
function loadRuns(database: SqliteDatabase, parts: SortedRunParts): { runs: Run[]; merges: Merge[] } {
  const runs: Run[] = [];
  const merges: { output: Run; merged: number; inputs: Run[] }[] = [];
  for (const row of database.prepare(`SELECT ${COLUMNS} FROM runs ORDER BY first_position, last_position DESC`).all()) {
    const bits = Number(row.bits);
    const common = {
      run: Number(row.run),
      bits,
      first: Number(row.first_position),
      last: Number(row.last_position),
      published: Number(row.published),
      greatestTime: row.greatest_time as number | null,
    };
    // Rows of earlier schemas have no checksum.
    if (row.checksum !== null && row.checksum !== checksumOfRow(...valuesOf(common, row.merged as number | null))) {
      throw new DamagedLog(`what is kept of run ${common.run} is not what was written`);
    }
    if (row.merged !== null) {
      const merged = Number(row.merged);
      const output = runWith({ ...common, from: 0, below: merged * MERGED_RUNS });
      addFilters(output, parts.filters(output.run, output.from, output.below));
      merges.push({ output, merged, inputs: [] });
      runs.push(output);
      continue;
    }
    const merge = merges.find(({ output }) => output.first <= common.first && common.last <= output.last);
    const run = runWith({ ...common, from: merge?.merged ?? 0, below: 2 ** bits });
    addFilters(run, parts.filters(run.run, run.from, run.below));
    merge?.inputs.push(run);
    runs.push(run);
  }
  for (const { output, inputs } of merges) {
    if (inputs.length !== MERGED_RUNS || inputs.some(({ bits }) => bits !== output.bits - MERGED_BITS))
      throw new DamagedLog(`a run that run ${output.run} is made from is missing`);
  }
  return { runs, merges };
}

export function greater(one: number | null, two: number | null): number | null {
  return one === null ? two : two === null ? one : Math.max(one, two);
}
