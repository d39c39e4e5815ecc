/** A growing byte buffer: numbers are little-endian, texts are UTF-8 after their length. */
export interface ByteWriter {
  bytes: Buffer;
  view: DataView;
  at: number;
}

export function byteWriter(capacity: number): ByteWriter {
  const bytes = Buffer.allocUnsafeSlow(capacity);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
}

/** The bytes written so far, without a copy. */
export function written({ bytes, at }: ByteWriter): Buffer {
  return bytes.subarray(0, at);
}

/** Makes room for `length` more bytes; call it before writing. */
export function reserve(writer: ByteWriter, length: number): void {
  const needed = writer.at + length;
  if (needed <= writer.bytes.length) return;
  const bytes = Buffer.allocUnsafeSlow(Math.max(needed, writer.bytes.length * 2));
  writer.bytes.copy(bytes, 0, 0, writer.at);
  writer.bytes = bytes;
  writer.view = new DataView(bytes.buffer);
}

/**
 * Writes a non-negative integer with seven bits per byte (LEB128). Takes at most 8 bytes, which
 * must be reserved.
 */
export function putLength(writer: ByteWriter, value: number): void {
  const { bytes } = writer;
  let rest = value;
  while (rest >= 0x80) {
    bytes[writer.at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[writer.at++] = rest;
}

const LONGEST_LOOP = 64;

/**
 * Writes a text; throws RangeError for any other value. Most texts are short and ASCII, and a loop
 * writes those several times faster than an engine call.
 */
export function putText(writer: ByteWriter, text: string): void {
  // Another value would be written as a wrong text, or exhaust the memory.
  if (typeof text !== 'string') throw new RangeError(`${JSON.stringify(text)} is no text that a row can hold`);
  const { length } = text;
  reserve(writer, 8 + 3 * length);
  if (length <= LONGEST_LOOP) {
    const start = writer.at;
    const { bytes } = writer;
    bytes[start] = length;
    let i = 0;
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) break;
      bytes[start + 1 + i] = code;
    }
    if (i === length) {
      writer.at = start + 1 + length;
      return;
    }
  }
  putLength(writer, Buffer.byteLength(text));
  writer.at += writer.bytes.write(text, writer.at);
}

const TWO_TO_32 = 0x1_0000_0000;

/** Writes a signed integer up to 2^53 in 8 bytes, without allocating a bigint. */
export function putInteger64(writer: ByteWriter, value: number): void {
  writer.view.setUint32(writer.at, value % TWO_TO_32, true);
  writer.view.setInt32(writer.at + 4, Math.floor(value / TWO_TO_32), true);
  writer.at += 8;
}

/** Writes a non-negative integer below 2^64 in 8 bytes. */
export function putBigInteger64(writer: ByteWriter, value: bigint): void {
  writer.view.setBigUint64(writer.at, value, true);
  writer.at += 8;
}
