import { bytesOf, type SqliteDatabase, type SqliteValue } from '../driver.ts';
import { DamagedLog } from '../failure.ts';
import { openRunMerges } from './compaction.ts';
import { type CountPublished, openRunMaking, type RunInTheMaking } from './flush.ts';
import { identityWords } from './identity-hash.ts';
import { type NewestKeys, newestKeys } from './memtable.ts';
import { sealed, unsealed } from './sealed-keys.ts';
import { openRunParts } from './sorted-run-parts.ts';
import { type KeyRuns, openKeyRuns } from './sorted-runs.ts';

/**
 * Where each identity and each stream is in the log: exact, part of the same transactions as the events, and written in order.
 *
 * A unique index on (stream, identity) would do the same, but each event of a returning customer dirties another page of it: 16 KiB written for an event of 600 bytes, worse
 * with every customer. Here the newest 131,072 identities or more are held in memory, and in `recent_keys` as one row a group of appends; then they become a *run*: sorted
 * and cut into 256 parts by the first bits of the stream's hash, a few parts with each further commit, so that no commit pays for it all. Four runs of one size become
 * one, likewise a few parts at a time (`compaction.ts`), so that a log of n runs' events has some 2 log4(n) runs. Bloom filters in memory say which runs to look into:
 * none, for nearly every new event, and for a stream those that hold it.
 *
 * Measured against the unique index in the same run (libsql, batches of 500, 300,000 events in the log): 1.1 times its rate where only new customers write,
 * 3.9 times where 50,000 come back at random. What a log of ten million costs against one of a million, `test/load/history.ts` measures.
 */
export interface IdentityIndex {
  /** Position of the event of this identity, if the log holds it. */
  find(identity: string, stream: number): number | undefined;
  /** Whether so many events, or more, are of streams with this hash. Of streams far from that it asks no file. */
  holds(stream: number, count: number): boolean;
  /** Ascending positions in `(after, upTo]` of all events whose stream has this hash. */
  positionsOf(stream: number, after: number, upTo: number): number[];
  /**
   * Inside the transaction that stores the events at `first`, `first` + 1, …: records them. Call the answer after the commit, and
   * not at all after a rollback: what is in memory changes only then.
   */
  record(first: number, identities: readonly string[], streams: readonly number[]): () => void;
  /** The last position that is in a run; behind it, `publishedInRuns` and `greatestTimeInRuns` know nothing. */
  lastPositionInRuns(): number;
  publishedInRuns(): number;
  greatestTimeInRuns(): number | null;
  /** The position after the last one that is known here. */
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
  const parts = openRunParts(database);
  const runs = openKeyRuns(database, parts);
  const making = openRunMaking(runs, parts, countPublished, runEvents);
  const merges = openRunMerges(database, runs, parts, runEvents);
  let active = newestKeys(runs.last() + 1);
  let inTheMaking: RunInTheMaking | undefined;

  const freezeIfFull = () => {
    if (inTheMaking !== undefined || active.count() < runEvents) return;
    inTheMaking = making.begin(active);
    active = newestKeys(active.first + active.count());
  };
  for (const read of recentKeys(database, runs.last())) {
    read(active);
    freezeIfFull();
  }

  return {
    find(identity, stream) {
      const offset = active.offsetOf(identity);
      if (offset !== -1) return active.first + offset;
      const before = inTheMaking?.keys.offsetOf(identity) ?? -1;
      if (before !== -1) return inTheMaking!.keys.first + before;
      const [one, two, three] = identityWords(identity);
      return runs.find(stream, one, two, three);
    },
    holds(stream, count) {
      const recent = active.countOf(stream) + (inTheMaking?.keys.countOf(stream) ?? 0);
      if (recent >= count) return true;
      return runs.sizeAtMost(stream) >= count - recent && runs.sizeOf(stream) >= count - recent;
    },
    positionsOf: (stream, after, upTo) =>
      positionsIn(runs, inTheMaking === undefined ? [active] : [inTheMaking.keys, active], { stream, after, upTo }),
    record(first, identities, streams) {
      insertKeys.run(first, sealed(keysOf(identities, streams)));
      const made = inTheMaking && making.work(inTheMaking, identities.length);
      if (inTheMaking === undefined && runs.last() > 0) dropKeys.run(runs.last());
      const merged = merges.work(identities.length);
      return () => {
        for (let at = 0; at < identities.length; at++) active.add(identities[at]!, streams[at]!);
        if (made?.() === 'whole') inTheMaking = undefined;
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

/** For who only reads, while nobody writes: what a killed process left is passed over. Throws {@link DamagedLog}. */
export function openPositions(database: SqliteDatabase): IdentityIndex['positionsOf'] {
  const runs = openKeyRuns(database, { ...openRunParts(database), dropOthers: () => undefined });
  const newest = newestKeys(runs.last() + 1);
  for (const read of recentKeys(database, runs.last())) read(newest);
  return (stream, after, upTo) => positionsIn(runs, [newest], { stream, after, upTo });
}

function positionsIn(
  runs: KeyRuns,
  newest: readonly NewestKeys[],
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

/** One row of `recent_keys`: 6 bytes of the stream's hash and 12 of the identity for each event. */
function keysOf(identities: readonly string[], streams: readonly number[]): Buffer {
  const keys = Buffer.allocUnsafe(identities.length * KEY_BYTES);
  for (let index = 0; index < identities.length; index++) {
    keys.writeUIntBE(streams[index]!, index * KEY_BYTES, 6);
    keys.write(identities[index]!, index * KEY_BYTES + 6, 12, 'latin1');
  }
  return keys;
}

function readKeys(keys: Buffer, into: NewestKeys): void {
  for (let at = 0; at < keys.length; at += KEY_BYTES)
    into.add(keys.toString('latin1', at + 6, at + 18), keys.readUIntBE(at, 6));
}

/** Each reads one row of them into the newest keys. */
function* recentKeys(database: SqliteDatabase, after: number): Iterable<(into: NewestKeys) => void> {
  const select = database.prepare(
    'SELECT first_position, keys FROM recent_keys WHERE first_position > ? ORDER BY first_position LIMIT 500',
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
