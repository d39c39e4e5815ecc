import type { KeyWords } from './identity.ts';
import { BLOCKS, blockOf, type NewestKeys } from './newest-keys.ts';
import { bytesOf, type SqliteDatabase } from './sqlite-driver.ts';
import { DamagedLog } from './sqlite-failure.ts';

/** The blocks of all runs: entries of 24 bytes (6 of the stream's hash, 12 of the identity, 6 of the position), in the order of their keys. */
export interface KeyBlocks {
  write(run: number, block: number, keys: NewestKeys, ordered: Int32Array): void;
  find(run: number, key: KeyWords): number | undefined;
  /** Ascending. */
  positionsOf(run: number, stream: number): number[];
  /** Removes the blocks of this run and all after it. */
  dropFrom(run: number): void;
}

const ENTRY_BYTES = 24;
/** Blocks of about 12 KiB kept in memory: repeats of older events come in batches. */
const CACHED_BLOCKS = 2048;

/** Throws {@link DamagedLog} where a block is missing. */
export function openKeyBlocks(database: SqliteDatabase): KeyBlocks {
  const insert = database.prepare('INSERT INTO run_blocks (block, entries) VALUES (?, ?)');
  const select = database.prepare('SELECT entries FROM run_blocks WHERE block = ?');
  const drop = database.prepare('DELETE FROM run_blocks WHERE block >= ?');
  const cache = new Map<number, Buffer>();
  const entriesOf = (run: number, stream: number): Buffer => {
    const id = run * BLOCKS + blockOf(stream);
    let entries = cache.get(id);
    if (entries === undefined) {
      const row = select.get(id);
      if (row === undefined) throw new DamagedLog(`block ${id % BLOCKS} of run ${run} is missing`);
      entries = bytesOf(row.entries);
      if (cache.size >= CACHED_BLOCKS) cache.delete(cache.keys().next().value!);
    } else {
      cache.delete(id);
    }
    cache.set(id, entries);
    return entries;
  };
  return {
    write(run, block, keys, ordered) {
      const entries = Buffer.allocUnsafe(ordered.length * ENTRY_BYTES);
      let at = 0;
      for (const offset of ordered) {
        const [stream, one, two, three] = keys.keyAt(offset);
        entries.writeUIntBE(stream, at, 6);
        entries.writeInt32BE(one, at + 6);
        entries.writeInt32BE(two, at + 10);
        entries.writeInt32BE(three, at + 14);
        entries.writeUIntBE(keys.first + offset, at + 18, 6);
        at += ENTRY_BYTES;
      }
      insert.run(run * BLOCKS + block, entries);
    },
    find(run, key) {
      const entries = entriesOf(run, key[0]);
      const at = lowerBound(entries, key) * ENTRY_BYTES;
      return at < entries.length && difference(key, entries, at) === 0 ? positionAt(entries, at) : undefined;
    },
    positionsOf(run, stream) {
      const entries = entriesOf(run, stream);
      const positions: number[] = [];
      for (let at = lowerBound(entries, [stream, ...LEAST]) * ENTRY_BYTES; at < entries.length; at += ENTRY_BYTES) {
        if (entries.readUIntBE(at, 6) !== stream) break;
        positions.push(positionAt(entries, at));
      }
      return positions.sort((a, b) => a - b);
    },
    dropFrom: (run) => drop.run(run * BLOCKS),
  };
}

const LEAST: [number, number, number] = [-(2 ** 31), -(2 ** 31), -(2 ** 31)];

/** Number of the first entry that is not before the key. */
function lowerBound(entries: Buffer, key: KeyWords): number {
  let low = 0;
  let high = entries.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (difference(key, entries, middle * ENTRY_BYTES) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Above zero where the key is greater than the entry, zero where they are equal. Allocates nothing, for it runs ten times an event. */
function difference(key: KeyWords, entries: Buffer, at: number): number {
  return (
    key[0] - entries.readUIntBE(at, 6) ||
    key[1] - entries.readInt32BE(at + 6) ||
    key[2] - entries.readInt32BE(at + 10) ||
    key[3] - entries.readInt32BE(at + 14)
  );
}

const positionAt = (entries: Buffer, at: number): number => entries.readUIntBE(at + 18, 6);
