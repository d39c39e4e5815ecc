import { bytesOf, type SqliteDatabase, type SqliteValue } from '../driver.ts';
import { DamagedLog } from '../failure.ts';
import { openCompaction } from './compaction.ts';
import { type CountPublished, type FlushInProgress, openFlush } from './flush.ts';
import { identityWords } from './identity-hash.ts';
import { createMemtable, type Memtable } from './memtable.ts';
import { sealed, unsealed } from './sealed-keys.ts';
import { openSortedRunParts } from './sorted-run-parts.ts';
import { openSortedRuns, type SortedRuns } from './sorted-runs.ts';

/**
 * Exact index of each identity's and each stream's positions, written in the same transactions as
 * the events. It is a log-structured merge tree (see the README beside this file): a memtable, its
 * flush into a sorted run, tiered compaction of four runs into one, and a Bloom filter for each
 * part of a run.
 */
export interface IdentityIndex {
  /** Position of the event of this identity, if the log holds it. */
  find(identity: string, stream: number): number | undefined;
  /**
   * Whether at least this many events are of streams with this hash. Reads no file for streams far
   * below the number.
   */
  holds(stream: number, count: number): boolean;
  /** Ascending positions in `(after, upTo]` of all events whose stream has this hash. */
  positionsOf(stream: number, after: number, upTo: number): number[];
  /**
   * Records the events at `first`, `first` + 1, … within the transaction that stores them. Call the
   * returned function, which changes the memory, after the commit and never after a rollback.
   */
  record(first: number, identities: readonly string[], streams: readonly number[]): () => void;
  /**
   * Last position in a run; `publishedInRuns` and `greatestTimeInRuns` do not cover later events.
   */
  lastPositionInRuns(): number;
  publishedInRuns(): number;
  greatestTimeInRuns(): number | null;
  /** The position after the last indexed one. */
  nextPosition(): number;
}

const RUN_EVENTS = 1 << 17;

/** Throws {@link DamagedLog}. */
export function openIdentityIndex(
  database: SqliteDatabase,
  countPublished: CountPublished,
  runEvents = RUN_EVENTS,
): IdentityIndex {
  const insertKeys = database.prepare('INSERT INTO recent_keys (first_position, keys) VALUES (?, ?)');
  const dropKeys = database.prepare(
    'DELETE FROM recent_keys WHERE first_position IN (SELECT first_position FROM recent_keys WHERE first_position <= ? LIMIT 500)',
  );
  const parts = openSortedRunParts(database);
  const runs = openSortedRuns(database, parts);
  const flush = openFlush(runs, parts, countPublished, runEvents);
  const compaction = openCompaction(database, runs, parts, runEvents);
  let active = createMemtable(runs.last() + 1);
  let flushing: FlushInProgress | undefined;

  const freezeIfFull = () => {
    if (flushing !== undefined || active.count() < runEvents) return;
    flushing = flush.begin(active);
    active = createMemtable(active.first + active.count());
  };
  for (const read of recentKeys(database, runs.last())) {
    read(active);
    freezeIfFull();
  }

  return {
    find(identity, stream) {
      const offset = active.offsetOf(identity);
      if (offset !== -1) return active.first + offset;
      const before = flushing?.keys.offsetOf(identity) ?? -1;
      if (before !== -1) return flushing!.keys.first + before;
      const [one, two, three] = identityWords(identity);
      return runs.find(stream, one, two, three);
    },
    holds(stream, count) {
      const recent = active.countOf(stream) + (flushing?.keys.countOf(stream) ?? 0);
      if (recent >= count) return true;
      return runs.sizeAtMost(stream) >= count - recent && runs.sizeOf(stream) >= count - recent;
    },
    positionsOf: (stream, after, upTo) =>
      positionsIn(runs, flushing === undefined ? [active] : [flushing.keys, active], { stream, after, upTo }),
    record(first, identities, streams) {
      insertKeys.run(first, sealed(keysOf(identities, streams)));
      const flushed = flushing && flush.work(flushing, identities.length);
      if (flushing === undefined && runs.last() > 0) dropKeys.run(runs.last());
      const merged = compaction.work(identities.length);
      return () => {
        for (let at = 0; at < identities.length; at++) active.add(identities[at]!, streams[at]!);
        if (flushed?.() === 'whole') flushing = undefined;
        merged();
        freezeIfFull();
      };
    },
    lastPositionInRuns: runs.last,
    publishedInRuns: runs.published,
    greatestTimeInRuns: runs.greatestTime,
    nextPosition: () => active.first + active.count(),
  };
}

/**
 * Lookup for readers while no process writes; ignores the unfinished run of a killed process.
 * Throws {@link DamagedLog}.
 */
export function openPositions(database: SqliteDatabase): IdentityIndex['positionsOf'] {
  const runs = openSortedRuns(database, { ...openSortedRunParts(database), dropOthers: () => undefined });
  const newest = createMemtable(runs.last() + 1);
  for (const read of recentKeys(database, runs.last())) read(newest);
  return (stream, after, upTo) => positionsIn(runs, [newest], { stream, after, upTo });
}

function positionsIn(
  runs: SortedRuns,
  newest: readonly Memtable[],
  { stream, after, upTo }: { readonly stream: number; readonly after: number; readonly upTo: number },
): number[] {
  const positions = runs.positionsOf(stream, after, upTo);
  for (const keys of newest) {
    for (const offset of keys.offsetsOf(stream)) {
      const position = keys.first + offset;
      if (position > after && position <= upTo) positions.push(position);
    }
  }
  return positions;
}

const KEY_BYTES = 18;

/**
 * Builds one row of `recent_keys`: 6 bytes of the stream's hash and 12 of the identity for each
 * event.
 */
function keysOf(identities: readonly string[], streams: readonly number[]): Buffer {
  const keys = Buffer.allocUnsafe(identities.length * KEY_BYTES);
  for (let index = 0; index < identities.length; index++) {
    keys.writeUIntBE(streams[index]!, index * KEY_BYTES, 6);
    keys.write(identities[index]!, index * KEY_BYTES + 6, 12, 'latin1');
  }
  return keys;
}

function readKeys(keys: Buffer, into: Memtable): void {
  for (let at = 0; at < keys.length; at += KEY_BYTES)
    into.add(keys.toString('latin1', at + 6, at + 18), keys.readUIntBE(at, 6));
}

/** Yields one function per row of `recent_keys`, which adds the row's keys to a memtable. */
function* recentKeys(database: SqliteDatabase, after: number): Iterable<(into: Memtable) => void> {
  const select = database.prepare(
    'SELECT first_position, CAST(keys AS BLOB) AS keys FROM recent_keys WHERE first_position > ? ORDER BY first_position LIMIT 500',
  );
  for (let page = select.all(after); page.length > 0; page = select.all(page.at(-1)!.first_position as SqliteValue)) {
    for (const row of page) {
      yield (into) => {
        const expected = into.first + into.count();
        if (Number(row.first_position) !== expected)
          throw new DamagedLog(`the keys of position ${expected} are missing`);
        const keys = unsealed(bytesOf(row.keys), KEY_BYTES, () => `from position ${row.first_position} on`);
        readKeys(keys, into);
      };
    }
  }
}
