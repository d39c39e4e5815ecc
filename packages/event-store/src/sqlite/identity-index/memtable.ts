import { ENTRY_BYTES, writeEntry } from './entries.ts';
import { identityWords, partOf } from './identity-hash.ts';

/**
 * The identities and streams of the newest events, by offset 0, 1, 2, … of consecutive positions.
 * Hash tables in typed arrays take about 50 bytes an event; a `Map` of strings takes three times
 * that and keeps the garbage collector busy during appends.
 */
export interface Memtable {
  /** Position of offset 0. */
  readonly first: number;
  count(): number;
  add(identity: string, stream: number): void;
  /** Offset of an identity, or -1. */
  offsetOf(identity: string): number;
  /** Number of a stream's events in this memtable. */
  countOf(stream: number): number;
  /** Offsets of a stream, ascending. */
  offsetsOf(stream: number): number[];
  /** The entries of these offsets, in their order. */
  entriesOf(offsets: Int32Array): Buffer;
  /**
   * All offsets, grouped by the first `bits` of the stream's hash: part `n` spans `starts[n]` up
   * to, not including, `starts[n + 1]`.
   */
  byPart(bits: number): OffsetsByPart;
}

export interface OffsetsByPart {
  readonly offsets: Int32Array;
  readonly starts: Int32Array;
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: typed arrays that all members work on, without a field access in the hot path.
export function createMemtable(first: number): Memtable {
  let capacity = 1024;
  let count = 0;
  let streams = new Float64Array(capacity);
  let words = new Int32Array(capacity * 3);
  let previous = new Int32Array(capacity);
  // Ordinal of each event within its stream.
  let ordinals = new Int32Array(capacity);
  // Slots hold offset + 1, so that 0 means free; twice as many slots as events keep probing short.
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
    ordinals = grown(ordinals, new Int32Array(capacity));
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
      const before = streamSlots[slot]! - 1;
      previous[count] = before;
      ordinals[count] = before === -1 ? 1 : ordinals[before]! + 1;
      streamSlots[slot] = count + 1;
      count += 1;
    },
    offsetOf(identity) {
      const [one, two, three] = identityWords(identity);
      return identitySlots[identitySlot(one, two, three)]! - 1;
    },
    countOf(stream) {
      const newest = streamSlots[streamSlot(stream)]! - 1;
      return newest === -1 ? 0 : ordinals[newest]!;
    },
    offsetsOf(stream) {
      const offsets: number[] = [];
      for (let offset = streamSlots[streamSlot(stream)]! - 1; offset !== -1; offset = previous[offset]!)
        offsets.push(offset);
      return offsets.reverse();
    },
    entriesOf(offsets) {
      const apart = (a: number, b: number): number =>
        streams[a]! - streams[b]! ||
        words[a * 3]! - words[b * 3]! ||
        words[a * 3 + 1]! - words[b * 3 + 1]! ||
        words[a * 3 + 2]! - words[b * 3 + 2]!;
      const entries = Buffer.allocUnsafe(offsets.length * ENTRY_BYTES);
      let at = 0;
      for (const offset of offsets.slice().sort(apart)) {
        const word = offset * 3;
        writeEntry(entries, at, streams[offset]!, words[word]!, words[word + 1]!, words[word + 2]!, first + offset);
        at += ENTRY_BYTES;
      }
      return entries;
    },
    byPart(bits) {
      const starts = new Int32Array(2 ** bits + 1);
      for (let offset = 0; offset < count; offset++) starts[partOf(streams[offset]!, bits) + 1]! += 1;
      for (let part = 1; part < starts.length; part++) starts[part]! += starts[part - 1]!;
      const next = starts.slice();
      const offsets = new Int32Array(count);
      for (let offset = 0; offset < count; offset++) {
        const part = partOf(streams[offset]!, bits);
        offsets[next[part]!] = offset;
        next[part]! += 1;
      }
      return { offsets, starts };
    },
  };
}

function grown<Numbers extends Float64Array | Int32Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}
