/**
 * Which runs may hold a key: one Bloom filter a run, of 2^22 bits and six probes, for at most 2^18 keys (wrong once in 1,000 at worst). The filters of 32 runs lie across one
 * another, bit `n` of each word belonging to run `n`, so that one look asks 32 runs at once: the cost of an append hardly grows with the log.
 * 16 MiB of memory for every 32 runs.
 */
const FILTER_BITS = 1 << 22;
const FILTER_BYTES = FILTER_BITS / 8;
const PROBES = 6;

/** The filter of one run, as it is stored. */
export function emptyFilter(): Uint8Array {
  return new Uint8Array(FILTER_BYTES);
}

/** `one` and `two`: two 32-bit hashes of the key. */
export function addToFilter(filter: Uint8Array, one: number, two: number): void {
  const step = two | 1;
  let probe = one;
  for (let left = PROBES; left > 0; left--) {
    const bit = probe & (FILTER_BITS - 1);
    filter[bit >>> 3]! |= 1 << (bit & 7);
    probe = (probe + step) | 0;
  }
}

export interface RunFilters {
  /** Of the next run; runs are numbered from 0 in the order of adding. */
  add(filter: Uint8Array): void;
  /** The runs that may hold the key, oldest first; `undefined` if none does, which is the usual answer. */
  candidates(one: number, two: number): number[] | undefined;
}

export function runFilters(): RunFilters {
  const groups: Int32Array[] = [];
  let runs = 0;
  return {
    add(filter) {
      const slot = runs & 31;
      if (slot === 0) groups.push(new Int32Array(FILTER_BITS));
      const words = groups.at(-1)!;
      const mark = 1 << slot;
      for (let at = 0; at < FILTER_BYTES; at++) {
        for (let bits = filter[at]!; bits !== 0; bits &= bits - 1)
          words[at * 8 + 31 - Math.clz32(bits & -bits)]! |= mark;
      }
      runs += 1;
    },
    candidates(one, two) {
      const step = two | 1;
      let found: number[] | undefined;
      for (let group = 0; group < groups.length; group++) {
        const words = groups[group]!;
        let mask = -1;
        let probe = one;
        for (let left = PROBES; left > 0 && mask !== 0; left--) {
          mask &= words[probe & (FILTER_BITS - 1)]!;
          probe = (probe + step) | 0;
        }
        for (; mask !== 0; mask &= mask - 1) {
          found ??= [];
          found.push(group * 32 + 31 - Math.clz32(mask & -mask));
        }
      }
      return found;
    },
  };
}
