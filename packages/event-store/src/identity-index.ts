import { IDENTITY_BYTES } from './identity.ts';
import { addToFilter, emptyFilter, runFilters } from './run-filters.ts';
import { bytesOf, type SqliteDatabase, type SqliteValue } from './sqlite-driver.ts';

/**
 * Where each identity and each stream is in the log: exact, part of the same transactions as the events, and written in order.
 *
 * A unique index on (stream, identity) would do the same, but each event of a returning customer dirties another page of it: 16 KiB written for an event of 600 bytes, worse
 * with every customer. Here the newest 131,072 identities or more are held in memory, and in `recent_keys` as one row a group of appends; then they become a *run*: sorted
 * and cut into 256 blocks by the first byte of the stream's hash, a few blocks with each further commit, so that no commit pays for it all. A run never
 * changes. Bloom filters in memory say which runs to look into: none, for nearly every new event.
 *
 * Measured (libsql, batches of 500): twice the appends of the unique index with customers in sequence, four times with returning ones.
 * A stream costs one block read for each run that holds it; runs are not merged, which is fine to some hundred million events.
 */
export interface IdentityIndex {
  /** Position of the event of this identity, if the log holds it. */
  find(identity: string, stream: number): number | undefined;
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
const BLOCKS = 256;
const STREAM_BYTES = 6;
const KEY_BYTES = STREAM_BYTES + IDENTITY_BYTES;
const ENTRY_BYTES = KEY_BYTES + 6;
/** Blocks of about 12 KiB kept in memory, for repeats of older events. */
const CACHED_BLOCKS = 2048;

/** Events in memory, by their offset from `first`. */
interface Newest {
  readonly first: number;
  readonly identities: string[];
  readonly streams: number[];
  /** Offset of the event before in the same stream; -1 at the oldest one here. */
  readonly previous: number[];
  readonly byIdentity: Map<string, number>;
  readonly lastOfStream: Map<number, number>;
  readonly blocks: number[][];
}

/** The run in the making. */
interface Draining {
  readonly events: Newest;
  readonly filter: Uint8Array;
  nextBlock: number;
  published: number;
  greatestTime: number | null;
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** `countPublished` answers for a range of positions, both inclusive, from the events themselves. Throws a plain Error that says what is missing if the tables do not fit one another. */
export function openIdentityIndex(
  database: SqliteDatabase,
  countPublished: (first: number, last: number) => { published: number; greatestTime: number | null },
  runEvents = RUN_EVENTS,
): IdentityIndex {
  const insertKeys = database.prepare('INSERT INTO recent_keys (first_position, keys) VALUES (?, ?)');
  const dropKeys = database.prepare(
    'DELETE FROM recent_keys WHERE first_position IN (SELECT first_position FROM recent_keys WHERE first_position <= ? LIMIT 500)',
  );
  const insertBlock = database.prepare('INSERT INTO run_blocks (block, entries) VALUES (?, ?)');
  const selectBlock = database.prepare('SELECT entries FROM run_blocks WHERE block = ?');
  const insertRun = database.prepare(
    'INSERT INTO runs (run, first_position, last_position, published, greatest_time, filter) VALUES (?, ?, ?, ?, ?, ?)',
  );

  const runs: Run[] = [];
  const filters = runFilters();
  const cache = new Map<number, Buffer>();
  let published = 0;
  let greatestTime: number | null = null;
  let active = newest(1);
  let draining: Draining | undefined;

  const addRun = (run: Run, filter: Uint8Array, publishedInRun: number, greatest: number | null) => {
    runs.push(run);
    filters.add(filter);
    published += publishedInRun;
    greatestTime = greater(greatestTime, greatest);
  };
  const lastPositionInRuns = () => runs.at(-1)?.last ?? 0;
  const freezeIfFull = () => {
    if (draining !== undefined || active.identities.length < runEvents) return;
    draining = { events: active, filter: emptyFilter(), nextBlock: 0, published: 0, greatestTime: null };
    active = newest(active.first + active.identities.length);
  };

  const block = (run: number, number: number): Buffer => {
    const id = run * BLOCKS + number;
    let entries = cache.get(id);
    if (entries === undefined) {
      const row = selectBlock.get(id);
      if (row === undefined) throw new Error(`block ${number} of run ${run} is missing`);
      entries = bytesOf(row.entries);
      if (cache.size >= CACHED_BLOCKS) cache.delete(cache.keys().next().value!);
    } else {
      cache.delete(id);
    }
    cache.set(id, entries);
    return entries;
  };

  /** Writes the next block of the run in the making; the answer is what it came to, to be kept after the commit. */
  const drainBlock = (run: Draining, number: number) => {
    const { events } = run;
    const offsets = events.blocks[number]!;
    const entries = sortedEntries(events, offsets);
    for (const offset of offsets) {
      const identity = events.identities[offset]!;
      addToFilter(run.filter, word(identity, 0), word(identity, 4));
    }
    for (const offset of offsets) {
      const stream = events.streams[offset]!;
      if (events.previous[offset] === -1) addToFilter(run.filter, lowWord(stream), highWord(stream));
    }
    insertBlock.run(runs.length * BLOCKS + number, entries);
    const count = events.identities.length;
    const from = events.first + Math.floor((count * number) / BLOCKS);
    const to = events.first + Math.floor((count * (number + 1)) / BLOCKS) - 1;
    return countPublished(from, to);
  };

  const drain = (run: Draining, blocks: number) => {
    const upTo = Math.min(BLOCKS, run.nextBlock + blocks);
    let publishedHere = run.published;
    let greatestHere = run.greatestTime;
    for (let number = run.nextBlock; number < upTo; number++) {
      const counted = drainBlock(run, number);
      publishedHere += counted.published;
      greatestHere = greater(greatestHere, counted.greatestTime);
    }
    const { first } = run.events;
    const last = first + run.events.identities.length - 1;
    if (upTo === BLOCKS) insertRun.run(runs.length, first, last, publishedHere, greatestHere, run.filter);
    return () => {
      run.nextBlock = upTo;
      run.published = publishedHere;
      run.greatestTime = greatestHere;
      if (upTo < BLOCKS) return;
      addRun({ first, last }, run.filter, publishedHere, greatestHere);
      draining = undefined;
    };
  };

  const load = () => {
    for (const row of database.prepare('SELECT * FROM runs ORDER BY run').all()) {
      const run = { first: Number(row.first_position), last: Number(row.last_position) };
      if (row.run !== runs.length || run.first !== lastPositionInRuns() + 1)
        throw new Error(`run ${runs.length} is missing`);
      addRun(run, bytesOf(row.filter), Number(row.published), row.greatest_time as number | null);
    }
    // What a killed process left of a run in the making is made again.
    database.prepare('DELETE FROM run_blocks WHERE block >= ?').run(runs.length * BLOCKS);
    active = newest(lastPositionInRuns() + 1);
    const rows = database.prepare(
      'SELECT first_position, keys FROM recent_keys WHERE first_position > ? ORDER BY first_position LIMIT 500',
    );
    let page = rows.all(lastPositionInRuns());
    while (page.length > 0) {
      for (const row of page) {
        if (row.first_position !== active.first + active.identities.length) {
          throw new Error(`the keys of position ${active.first + active.identities.length} are missing`);
        }
        readKeys(bytesOf(row.keys), active);
        freezeIfFull();
      }
      page = rows.all(page.at(-1)!.first_position as SqliteValue);
    }
  };
  load();

  return {
    find(identity, stream) {
      const offset = active.byIdentity.get(identity);
      if (offset !== undefined) return active.first + offset;
      const drained = draining?.events.byIdentity.get(identity);
      if (drained !== undefined) return draining!.events.first + drained;
      const candidates = filters.candidates(word(identity, 0), word(identity, 4));
      if (candidates === undefined) return undefined;
      for (const run of candidates.reverse()) {
        const entries = block(run, blockOf(stream));
        const at = lowerBound(entries, stream, identity) * ENTRY_BYTES;
        if (at < entries.length && streamAt(entries, at) === stream && identityAt(entries, at) === identity) {
          return entries.readUIntBE(at + KEY_BYTES, 6);
        }
      }
      return undefined;
    },
    positionsOf(stream, after, upTo) {
      const positions: number[] = [];
      for (const number of filters.candidates(lowWord(stream), highWord(stream)) ?? []) {
        const run = runs[number]!;
        if (run.last <= after || run.first > upTo) continue;
        const entries = block(number, blockOf(stream));
        const found: number[] = [];
        for (let at = lowerBound(entries, stream, '') * ENTRY_BYTES; at < entries.length; at += ENTRY_BYTES) {
          if (streamAt(entries, at) !== stream) break;
          found.push(entries.readUIntBE(at + KEY_BYTES, 6));
        }
        positions.push(...found.sort((a, b) => a - b));
      }
      if (draining !== undefined) positions.push(...newestPositions(draining.events, stream));
      positions.push(...newestPositions(active, stream));
      return positions.filter((position) => position > after && position <= upTo);
    },
    record(first, identities, streams) {
      insertKeys.run(first, keysOf(identities, streams));
      // Twice the pace of the appends: a run is done before the next one is full.
      const kept = draining && drain(draining, Math.ceil((identities.length * 2 * BLOCKS) / runEvents));
      if (draining === undefined && runs.length > 0) dropKeys.run(lastPositionInRuns());
      return () => {
        for (let at = 0; at < identities.length; at++) addNewest(active, identities[at]!, streams[at]!);
        kept?.();
        freezeIfFull();
      };
    },
    lastPositionInRuns,
    publishedInRuns: () => published,
    greatestTimeInRuns: () => greatestTime,
    nextPosition: () => active.first + active.identities.length,
  };
}

export function greater(one: number | null, two: number | null): number | null {
  return one === null ? two : two === null ? one : Math.max(one, two);
}

function newest(first: number): Newest {
  return {
    first,
    identities: [],
    streams: [],
    previous: [],
    byIdentity: new Map(),
    lastOfStream: new Map(),
    blocks: Array.from({ length: BLOCKS }, () => []),
  };
}

function addNewest(events: Newest, identity: string, stream: number): void {
  const offset = events.identities.length;
  events.identities.push(identity);
  events.streams.push(stream);
  events.byIdentity.set(identity, offset);
  events.previous.push(events.lastOfStream.get(stream) ?? -1);
  events.lastOfStream.set(stream, offset);
  events.blocks[blockOf(stream)]!.push(offset);
}

function newestPositions(events: Newest, stream: number): number[] {
  const positions: number[] = [];
  for (let offset = events.lastOfStream.get(stream) ?? -1; offset !== -1; offset = events.previous[offset]!) {
    positions.push(events.first + offset);
  }
  return positions.reverse();
}

function sortedEntries(events: Newest, offsets: readonly number[]): Buffer {
  const { streams, identities, first } = events;
  const sorted = [...offsets].sort((a, b) => streams[a]! - streams[b]! || (identities[a]! < identities[b]! ? -1 : 1));
  const entries = Buffer.allocUnsafe(sorted.length * ENTRY_BYTES);
  sorted.forEach((offset, index) => {
    const at = index * ENTRY_BYTES;
    entries.writeUIntBE(streams[offset]!, at, STREAM_BYTES);
    entries.write(identities[offset]!, at + STREAM_BYTES, IDENTITY_BYTES, 'latin1');
    entries.writeUIntBE(first + offset, at + KEY_BYTES, 6);
  });
  return entries;
}

function keysOf(identities: readonly string[], streams: readonly number[]): Buffer {
  const keys = Buffer.allocUnsafe(identities.length * KEY_BYTES);
  for (let index = 0; index < identities.length; index++) {
    keys.writeUIntBE(streams[index]!, index * KEY_BYTES, STREAM_BYTES);
    keys.write(identities[index]!, index * KEY_BYTES + STREAM_BYTES, IDENTITY_BYTES, 'latin1');
  }
  return keys;
}

function readKeys(keys: Buffer, into: Newest): void {
  for (let at = 0; at < keys.length; at += KEY_BYTES) addNewest(into, identityAt(keys, at), streamAt(keys, at));
}

/** Number of the first entry that is not before (stream, identity). */
function lowerBound(entries: Buffer, stream: number, identity: string): number {
  let low = 0;
  let high = entries.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * ENTRY_BYTES;
    const streamThere = streamAt(entries, at);
    if (streamThere < stream || (streamThere === stream && identityAt(entries, at) < identity)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const streamAt = (entries: Buffer, at: number): number => entries.readUIntBE(at, STREAM_BYTES);
const identityAt = (entries: Buffer, at: number): string =>
  entries.toString('latin1', at + STREAM_BYTES, at + STREAM_BYTES + IDENTITY_BYTES);
const blockOf = (stream: number): number => Math.floor(stream / 2 ** 40);

/** Four characters of an identity as a number of 32 bits: the hash that a filter asks for. */
function word(identity: string, at: number): number {
  return (
    (identity.charCodeAt(at) << 24) |
    (identity.charCodeAt(at + 1) << 16) |
    (identity.charCodeAt(at + 2) << 8) |
    identity.charCodeAt(at + 3)
  );
}

const lowWord = (stream: number): number => stream | 0;
const highWord = (stream: number): number => Math.imul(Math.floor(stream / 0x10000), 2654435761);
