import { bytesOf, exactNumber, type SqliteDatabase } from '../driver.ts';
import { DamagedLog } from '../failure.ts';
import { FILTER_BLOCK_BYTES, filterOf } from './bloom-filter.ts';
import { difference, ENTRY_BYTES, leastKey, lowerBound, positionAt, streamAt } from './entries.ts';
import { type KeyWords, MOST_PART_BITS } from './identity-hash.ts';
import { sealed, unsealed } from './sealed-keys.ts';

/** A part of a run: the entries of the streams whose hashes share their first bits. */
export interface Part {
  readonly run: number;
  readonly part: number;
  /** Number of its entries. */
  readonly entries: number;
}

export interface StoredFilter {
  readonly filter: Uint8Array;
  readonly entries: number;
}

/** The stored parts of all runs: filters in `run_parts`, entries in `run_blocks`. */
export interface SortedRunParts {
  /** Returns the filter of the entries written. */
  write(run: number, part: number, entries: Buffer): StoredFilter;
  /** All entries, read past the cache. */
  read(part: Part): Buffer;
  find(part: Part, key: KeyWords): number | undefined;
  /** Ascending. */
  positionsOf(part: Part, stream: number): number[];
  /** The filters of the parts `[from, below)`; throws where one is missing. */
  filters(run: number, from: number, below: number): Iterable<StoredFilter>;
  /** Removes the parts `[from, below)`. */
  drop(run: number, from: number, below: number): void;
  /** Removes the parts of all other runs. */
  dropOthers(runs: readonly number[]): void;
}

/**
 * Entries of one row, which fill a page of 16 KiB. Parts have a fourth less on average, so nearly
 * all are one block.
 */
const BLOCK_ENTRIES = 680;
const BLOCK_BYTES = BLOCK_ENTRIES * ENTRY_BYTES;
/** Cached blocks, each about 12 KiB: repeats of older events come in batches. */
const CACHED_BLOCKS = 2048;

/** A block's id is a whole number of 53 bits: 17 of the run, 20 of the part, 16 of the block. */
const RUNS = 2 ** 17;
const PARTS = 2 ** MOST_PART_BITS;
const BLOCKS = 2 ** 16;
const partId = (run: number, part: number) => run * PARTS + part;
const blockId = (run: number, part: number, block: number) => partId(run, part) * BLOCKS + block;

/** Throws {@link DamagedLog} where a part is missing. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: prepared statements that all members share.
export function openSortedRunParts(database: SqliteDatabase): SortedRunParts {
  const insertPart = database.prepare('INSERT INTO run_parts (part, entries, filter) VALUES (?, ?, ?)');
  const insertBlock = database.prepare('INSERT INTO run_blocks (block, entries) VALUES (?, ?)');
  const selectParts = database.prepare(
    `SELECT part, ${exactNumber('entries')} AS entries, CAST(filter AS BLOB) AS filter
     FROM run_parts WHERE part >= ? AND part < ? ORDER BY part LIMIT 500`,
  );
  const selectBlock = database.prepare('SELECT CAST(entries AS BLOB) AS entries FROM run_blocks WHERE block = ?');
  const dropParts = database.prepare('DELETE FROM run_parts WHERE part >= ? AND part < ?');
  const dropBlocks = database.prepare('DELETE FROM run_blocks WHERE block >= ? AND block < ?');
  const cache = new Map<number, Buffer>();

  const readBlock = (run: number, part: number, block: number): Buffer => {
    const row = selectBlock.get(blockId(run, part, block));
    if (row === undefined) throw new DamagedLog(`block ${block} of part ${part} of run ${run} is missing`);
    return unsealed(bytesOf(row.entries), ENTRY_BYTES, () => `of block ${block} of part ${part} of run ${run}`);
  };
  const cachedBlock = ({ run, part }: Part, block: number): Buffer => {
    const id = blockId(run, part, block);
    let entries = cache.get(id);
    if (entries === undefined) {
      entries = readBlock(run, part, block);
      if (cache.size >= CACHED_BLOCKS) cache.delete(cache.keys().next().value!);
    } else {
      cache.delete(id);
    }
    cache.set(id, entries);
    return entries;
  };
  /** The last block that does not begin after the key. */
  const blockWith = (part: Part, key: KeyWords): number => {
    let low = 0;
    let high = blocksOf(part.entries) - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (difference(key, cachedBlock(part, middle), 0) < 0) high = middle - 1;
      else low = middle;
    }
    return low;
  };
  const drop = (from: number, below: number) => {
    if (from >= below) return;
    dropParts.run(from, below);
    dropBlocks.run(from * BLOCKS, below * BLOCKS);
  };

  return {
    write(run, part, entries) {
      const filter = filterOf(entries);
      insertPart.run(partId(run, part), entries.length / ENTRY_BYTES, sealed(filter, entries.length / ENTRY_BYTES));
      for (let at = 0; at < entries.length; at += BLOCK_BYTES)
        insertBlock.run(blockId(run, part, at / BLOCK_BYTES), sealed(entries.subarray(at, at + BLOCK_BYTES)));
      return { filter, entries: entries.length / ENTRY_BYTES };
    },
    read({ run, part, entries }) {
      const blocks = Array.from({ length: blocksOf(entries) }, (_, block) => readBlock(run, part, block));
      return blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks);
    },
    find(part, key) {
      const entries = cachedBlock(part, blockWith(part, key));
      const at = lowerBound(entries, key);
      return at < entries.length && difference(key, entries, at) === 0 ? positionAt(entries, at) : undefined;
    },
    positionsOf(part, stream) {
      const key = leastKey(stream);
      const positions: number[] = [];
      for (let block = blockWith(part, key); block < blocksOf(part.entries); block++) {
        const entries = cachedBlock(part, block);
        let at = lowerBound(entries, key);
        for (; at < entries.length && streamAt(entries, at) === stream; at += ENTRY_BYTES)
          positions.push(positionAt(entries, at));
        if (at < entries.length) break;
      }
      return positions.sort((a, b) => a - b);
    },
    *filters(run, from, below) {
      let part = from;
      while (part < below) {
        const page = selectParts.all(partId(run, part), partId(run, below));
        for (const row of page) {
          if (row.part !== partId(run, part)) throw new DamagedLog(`part ${part} of run ${run} is missing`);
          const entries = Number(row.entries);
          const whose = () => `of part ${part} of run ${run}`;
          yield { filter: unsealed(bytesOf(row.filter), FILTER_BLOCK_BYTES, whose, entries), entries };
          part += 1;
        }
        if (page.length === 0) throw new DamagedLog(`part ${part} of run ${run} is missing`);
      }
    },
    drop: (run, from, below) => drop(partId(run, from), partId(run, below)),
    dropOthers(runs) {
      let next = 0;
      for (const run of [...runs].sort((a, b) => a - b)) {
        drop(partId(next, 0), partId(run, 0));
        next = run + 1;
      }
      drop(partId(next, 0), partId(RUNS, 0));
    },
  };
}

const blocksOf = (entries: number): number => Math.ceil(entries / BLOCK_ENTRIES);
