import { greaterKey, identityWords, type KeyWords } from './identity.ts';

/**
 * The identities and streams of the newest events, at offsets 0, 1, 2, … of consecutive positions: hash tables in typed arrays, about 45 bytes an event, because a `Map` of
 * strings takes three times that and keeps the garbage collector busy while the log is fed.
 */
export interface NewestKeys {
  /** Position of offset 0. */
  readonly first: number;
  count(): number;
  add(identity: string, stream: number): void;
  /** Offset of an identity, or -1. */
  offsetOf(identity: string): number;
  /** Offsets of a stream, ascending. */
  offsetsOf(stream: number): number[];
  /** Whether no earlier event here is of the same stream. */
  isFirstOfStream(offset: number): boolean;
  keyAt(offset: number): KeyWords;
  /** All offsets, ordered by the first byte of the stream's hash; those of byte `b` begin at `starts[b]` and end before `starts[b + 1]`. */
  byBlock(): { readonly offsets: Int32Array; readonly starts: Int32Array };
}

export const BLOCKS = 256;
export const blockOf = (stream: number): number => Math.floor(stream / 2 ** 40);

export function newestKeys(first: number): NewestKeys {
  let capacity = 1024;
  let count = 0;
  let streams = new Float64Array(capacity);
  let words = new Int32Array(capacity * 3);
  let previous = new Int32Array(capacity);
  // Slots hold offset + 1, so that 0 is free; twice as many slots as events keep the way to the right one short.
  let identitySlots = new Int32Array(capacity * 2);
  let streamSlots = new Int32Array(capacity * 2);

  const identitySlot = (one: number, two: number, three: number): number => {
    const mask = identitySlots.length - 1;
    let slot = one & mask;
    for (let held = identitySlots[slot]!; held !== 0; held = identitySlots[slot]!) {
      const at = (held - 1) * 3;
      if (words[at] === one && words[at + 1] === two && words[at + 2] === three) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const streamSlot = (stream: number): number => {
    const mask = streamSlots.length - 1;
    let slot = (stream | 0) & mask;
    for (let held = streamSlots[slot]!; held !== 0; held = streamSlots[slot]!) {
      if (streams[held - 1] === stream) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const grow = () => {
    capacity *= 2;
    streams = grown(streams, new Float64Array(capacity));
    words = grown(words, new Int32Array(capacity * 3));
    previous = grown(previous, new Int32Array(capacity));
    identitySlots = new Int32Array(capacity * 2);
    streamSlots = new Int32Array(capacity * 2);
    for (let offset = 0; offset < count; offset++) {
      identitySlots[identitySlot(words[offset * 3]!, words[offset * 3 + 1]!, words[offset * 3 + 2]!)] = offset + 1;
      streamSlots[streamSlot(streams[offset]!)] = offset + 1;
    }
  };

  return {
    first,
    count: () => count,
    add(identity, stream) {
      if (count === capacity) grow();
      const [one, two, three] = identityWords(identity);
      words[count * 3] = one;
      words[count * 3 + 1] = two;
      words[count * 3 + 2] = three;
      streams[count] = stream;
      identitySlots[identitySlot(one, two, three)] = count + 1;
      const slot = streamSlot(stream);
      previous[count] = streamSlots[slot]! - 1;
      streamSlots[slot] = count + 1;
      count += 1;
    },
    offsetOf(identity) {
      const [one, two, three] = identityWords(identity);
      return identitySlots[identitySlot(one, two, three)]! - 1;
    },
    offsetsOf(stream) {
      const offsets: number[] = [];
      for (let offset = streamSlots[streamSlot(stream)]! - 1; offset !== -1; offset = previous[offset]!)
        offsets.push(offset);
      return offsets.reverse();
    },
    isFirstOfStream: (offset) => previous[offset] === -1,
    keyAt: (offset) => [streams[offset]!, words[offset * 3]!, words[offset * 3 + 1]!, words[offset * 3 + 2]!],
    byBlock() {
      const starts = new Int32Array(BLOCKS + 1);
      for (let offset = 0; offset < count; offset++) starts[blockOf(streams[offset]!) + 1]! += 1;
      for (let block = 0; block < BLOCKS; block++) starts[block + 1]! += starts[block]!;
      const next = starts.slice();
      const offsets = new Int32Array(count);
      for (let offset = 0; offset < count; offset++) {
        const block = blockOf(streams[offset]!);
        offsets[next[block]!] = offset;
        next[block]! += 1;
      }
      return { offsets, starts };
    },
  };
}

function grown<Numbers extends Float64Array | Int32Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}

/** Ascending by stream, then by identity: the order within a block of a run. */
export function inKeyOrder(keys: NewestKeys, offsets: Int32Array): Int32Array {
  const keyed = Array.from(offsets, (offset) => ({ offset, key: keys.keyAt(offset) }));
  return Int32Array.from(
    keyed.sort((a, b) => (greaterKey(a.key, b.key) ? 1 : -1)),
    ({ offset }) => offset,
  );
}
