import { ENTRY_BYTES, streamAt } from './entries.ts';

/**
 * A blocked Bloom filter: a key sets one bit in each of the eight 32-bit words of one block of 32
 * bytes, so that a lookup touches one cache line of the processor. With 16 bits a key, one lookup
 * in about a thousand is a false positive.
 */
export const FILTER_BLOCK_BYTES = 32;
const BITS_A_KEY = 16;
const LANES = 8;
const LANE_BYTES = FILTER_BLOCK_BYTES / LANES;
/** Odd multipliers without pattern, one per word (those of the Parquet format). */
const SALTS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/**
 * Builds the filter of the identities and streams of these entries, as it is stored. Never empty.
 */
export function filterOf(entries: Buffer): Uint8Array {
  let streams = 0;
  let before = -1;
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    const stream = streamAt(entries, at);
    if (stream !== before) streams += 1;
    before = stream;
  }
  const keys = entries.length / ENTRY_BYTES + streams;
  const filter = new Uint8Array(
    Math.max(1, Math.ceil((keys * BITS_A_KEY) / 8 / FILTER_BLOCK_BYTES)) * FILTER_BLOCK_BYTES,
  );
  before = -1;
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    const stream = streamAt(entries, at);
    if (stream !== before) add(filter, streamWord(stream), otherStreamWord(stream));
    before = stream;
    add(filter, entries.readInt32BE(at + 6), entries.readInt32BE(at + 10));
  }
  return filter;
}

/**
 * First word under which a stream is in a filter, and below its second; an identity uses its own
 * first two words.
 */
export const streamWord = (stream: number): number => stream | 0;
export const otherStreamWord = (stream: number): number => Math.imul(Math.floor(stream / 0x10000), 2654435761);

function add(filter: Uint8Array, one: number, two: number): void {
  let at = blockOf(one, filter.length);
  for (let lane = 0; lane < LANES; lane++) {
    const bit = Math.imul(two, SALTS[lane]!) >>> 27;
    filter[at + (bit >>> 3)]! |= 1 << (bit & 7);
    at += LANE_BYTES;
  }
}

/** Offset of a key's block, by its first word, in a filter of this many bytes. */
const blockOf = (one: number, bytes: number): number =>
  Math.floor(((one >>> 0) * (bytes / FILTER_BLOCK_BYTES)) / 2 ** 32) * FILTER_BLOCK_BYTES;

/** In memory: the filters of one run's parts, and the number of entries of each part. */
export interface PartFilters {
  /** Adds the filter of the next part, in order from part `from`. */
  add(filter: Uint8Array, entries: number): void;
  /** May be a false positive, never a false negative. */
  mayHold(part: number, one: number, two: number): boolean;
  entriesOf(part: number): number;
}

/**
 * Bytes of one piece, which holds the filters of many parts: small enough that allocating one
 * stalls nobody, large enough that pieces are few.
 */
const PIECE_BYTES = 1 << 18;

/** Stores each filter within one piece; a filter larger than a piece gets a larger one. */
export function partFilters(parts: number, from: number): PartFilters {
  const pieces: Uint8Array[] = [];
  /** For each part: index of its piece, offset of its filter therein, length of the filter. */
  const places = new Uint32Array(parts * 3);
  const counts = new Uint32Array(parts);
  let next = from;
  let end = 0;
  return {
    add(filter, entries) {
      if (pieces.length === 0 || end + filter.length > pieces.at(-1)!.length) {
        pieces.push(new Uint8Array(Math.max(filter.length, PIECE_BYTES)));
        end = 0;
      }
      pieces.at(-1)!.set(filter, end);
      places.set([pieces.length - 1, end, filter.length], next * 3);
      counts[next] = entries;
      end += filter.length;
      next += 1;
    },
    mayHold(part, one, two) {
      const piece = pieces[places[part * 3]!]!;
      let at = places[part * 3 + 1]! + blockOf(one, places[part * 3 + 2]!);
      for (let lane = 0; lane < LANES; lane++) {
        const bit = Math.imul(two, SALTS[lane]!) >>> 27;
        if ((piece[at + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
        at += LANE_BYTES;
      }
      return true;
    },
    entriesOf: (part) => counts[part]!,
  };
}
