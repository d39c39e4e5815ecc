const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** Buffer for most texts, so that hashing them allocates nothing. */
const bytes = Buffer.alloc(64 * 1024);
const view = viewOf(bytes);

/**
 * XXH32 of a text's UTF-8, 0..2^32-1; half a surrogate pair counts as U+FFFD. Written here because,
 * over some hundred bytes, calling a library costs more than the hash itself: this takes a third of
 * the time of `crc32` of `node:zlib`.
 */
export function xxHash32(text: string, seed: number): number {
  if (text.length * 3 <= bytes.length) return xxHash32Of(view, 0, bytes.write(text, 0, 'utf8'), seed);
  const long = Buffer.from(text, 'utf8');
  return xxHash32Of(viewOf(long), 0, long.length, seed);
}

/** {@link xxHash32} of bytes. */
export function xxHash32OfBytes(given: Buffer, seed = 0): number {
  return xxHash32Of(viewOf(given), 0, given.length, seed);
}

/** Views the bytes of a buffer without a copy. */
export function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** {@link xxHash32} of the bytes `[from, to)`. */
export function xxHash32Of(data: DataView, from: number, to: number, given: number): number {
  const seed = given | 0;
  const length = to - from;
  let at = from;
  let sum = (seed + PRIME_5) | 0;
  if (length >= 16) {
    let one = (seed + PRIME_1 + PRIME_2) | 0;
    let two = (seed + PRIME_2) | 0;
    let three = seed;
    let four = (seed - PRIME_1) | 0;
    for (; at <= to - 16; at += 16) {
      one = round(one, data.getInt32(at, true));
      two = round(two, data.getInt32(at + 4, true));
      three = round(three, data.getInt32(at + 8, true));
      four = round(four, data.getInt32(at + 12, true));
    }
    sum = (rotated(one, 1) + rotated(two, 7) + rotated(three, 12) + rotated(four, 18)) | 0;
  }
  sum = (sum + length) | 0;
  for (; at <= to - 4; at += 4) {
    sum = Math.imul(rotated((sum + Math.imul(data.getInt32(at, true), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < to; at++) sum = Math.imul(rotated((sum + Math.imul(data.getUint8(at), PRIME_5)) | 0, 11), PRIME_1);
  sum = Math.imul(sum ^ (sum >>> 15), PRIME_2);
  sum = Math.imul(sum ^ (sum >>> 13), PRIME_3);
  return (sum ^ (sum >>> 16)) >>> 0;
}

const round = (sum: number, word: number): number =>
  Math.imul(rotated((sum + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
