import type { KeyWords } from './identity-hash.ts';

/**
 * Size of a stored entry, a key with its position: 6 bytes of the stream's hash, 12 of the
 * identity, 6 of the position. Entries ascend by stream and then by the words of the identity, and
 * no key occurs twice.
 */
export const ENTRY_BYTES = 24;
const ENTRY_WORDS = ENTRY_BYTES / 4;

/** Writes the words of a key and its position, without an allocation. */
export function writeEntry(
  entries: Buffer,
  at: number,
  ...[stream, one, two, three, position]: [...KeyWords, position: number]
): void {
  entries.writeUIntBE(stream, at, 6);
  entries.writeInt32BE(one, at + 6);
  entries.writeInt32BE(two, at + 10);
  entries.writeInt32BE(three, at + 14);
  entries.writeUIntBE(position, at + 18, 6);
}

export const streamAt = (entries: Buffer, at: number): number => entries.readUIntBE(at, 6);
export const positionAt = (entries: Buffer, at: number): number => entries.readUIntBE(at + 18, 6);

/** A key before every identity of its stream. */
export const leastKey = (stream: number): KeyWords => [stream, -(2 ** 31), -(2 ** 31), -(2 ** 31)];

/** Offset in bytes of the first entry not before the key. */
export function lowerBound(entries: Buffer, key: KeyWords): number {
  let low = 0;
  let high = entries.length / ENTRY_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (difference(key, entries, middle * ENTRY_BYTES) > 0) low = middle + 1;
    else high = middle;
  }
  return low * ENTRY_BYTES;
}

/**
 * Positive if the key is greater than the entry, zero if equal. Allocates nothing, because it runs
 * ten times per event.
 */
export function difference(key: KeyWords, entries: Buffer, at: number): number {
  return (
    key[0] - streamAt(entries, at) ||
    key[1] - entries.readInt32BE(at + 6) ||
    key[2] - entries.readInt32BE(at + 10) ||
    key[3] - entries.readInt32BE(at + 14)
  );
}

/**
 * Merges the entries of the inputs in order. Compares all heads one by one, so it suits a few
 * inputs.
 */
export function mergeEntries(inputs: readonly Buffer[]): Buffer {
  const sources = inputs.filter(({ length }) => length > 0).map(sourceOf);
  const length = sources.reduce((sum, { entries }) => sum + entries.length, 0);
  const merged = Buffer.from(new ArrayBuffer(length));
  const into = wordsOf(merged);
  let to = 0;
  while (sources.length > 0) {
    let least = sources[0]!;
    for (let other = 1; other < sources.length; other++) {
      if (isBefore(sources[other]!, least)) least = sources[other]!;
    }
    const from = least.at / 4;
    for (let word = 0; word < ENTRY_WORDS; word++) into[to + word] = least.words[from + word]!;
    to += ENTRY_WORDS;
    least.at += ENTRY_BYTES;
    if (least.at === least.entries.length) sources.splice(sources.indexOf(least), 1);
    else least.stream = streamAt(least.entries, least.at);
  }
  return merged;
}

interface Source {
  readonly entries: Buffer;
  readonly words: Int32Array;
  at: number;
  /** Stream of the entry at `at`. */
  stream: number;
}

function sourceOf(entries: Buffer): Source {
  // Copying word by word needs an aligned start, which not every library gives.
  const aligned = entries.byteOffset % 4 === 0 ? entries : Buffer.from(Uint8Array.from(entries).buffer);
  return { entries: aligned, words: wordsOf(aligned), at: 0, stream: streamAt(aligned, 0) };
}

const wordsOf = (entries: Buffer) => new Int32Array(entries.buffer, entries.byteOffset, entries.length / 4);

function isBefore(one: Source, two: Source): boolean {
  if (one.stream !== two.stream) return one.stream < two.stream;
  for (let word = 6; word < 18; word += 4) {
    const apart = one.entries.readInt32BE(one.at + word) - two.entries.readInt32BE(two.at + word);
    if (apart !== 0) return apart < 0;
  }
  return false;
}
