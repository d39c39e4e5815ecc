import { hash } from 'node:crypto';

/**
 * How rows are identified, so that importing a file again makes the same events. `content`: the
 * columns that the mapping reads, and the occurrence number among rows with equal ones;
 * `row-number`: the number of the row or trace and its whole content, as in earlier versions.
 */
export type IdRule = 'content' | 'row-number';

/**
 * Makes the ids for one pass over a file, from the values of the named columns, row by row in
 * order.
 */
export function contentIds(names: readonly string[]): (parts: readonly (string | undefined)[]) => string {
  const nth = occurrences();
  const begin = JSON.stringify(names);
  return (parts) => {
    // The lengths are hashed too, so that no two lists of parts are the same text.
    let content = begin;
    for (const part of parts) content += part === undefined ? '-;' : `${part.length};${part}`;
    const digest = hash('sha1', content, 'buffer');
    const count = nth(digest.readUInt32LE(12), digest.readUInt32LE(16));
    const id = digest.toString('hex', 0, 12);
    return count === 1 ? id : `${id}.${count}`;
  };
}

/**
 * Counts how often a 64-bit key has occurred, this time included, in a typed hash table of 16 to 32
 * bytes a row (a Map would need 100), because every row of a file is kept. Among ten million rows
 * two share a key by chance in one file of 300,000; their ids still differ.
 */
export function occurrences(): (high: number, low: number) => number {
  let slots = 1024;
  let table = new Uint32Array(3 * slots);
  let used = 0;

  const find = (high: number, low: number): number => {
    for (let slot = low & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = 3 * slot;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
    }
  };
  const grow = () => {
    const old = table;
    slots *= 2;
    table = new Uint32Array(3 * slots);
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] !== 0) table.set(old.subarray(from, from + 3), find(old[from + 1]!, old[from]!));
    }
  };

  return (high, low) => {
    let at = find(high, low);
    if (table[at + 2] === 0) {
      if (++used > slots * FULL) {
        grow();
        at = find(high, low);
      }
      table[at] = low;
      table[at + 1] = high;
    }
    table[at + 2]! += 1;
    return table[at + 2]!;
  };
}

const FULL = 0.75;
