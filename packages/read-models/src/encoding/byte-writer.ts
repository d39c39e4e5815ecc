/** Bytes that grow as they are written: numbers little-endian, texts as UTF-8 behind their length. */
export interface ByteWriter {
  bytes: Buffer;
  view: DataView;
  at: number;
}

export function byteWriter(capacity: number): ByteWriter {
  const bytes = Buffer.allocUnsafeSlow(capacity);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
}

/** What was written, without a copy. */
export function written({ bytes, at }: ByteWriter): Buffer {
  return bytes.subarray(0, at);
}

/** Room for so many further bytes; to be asked for before anything is written. */
export function reserve(writer: ByteWriter, length: number): void {
  const needed = writer.at + length;
  if (needed <= writer.bytes.length) return;
  const bytes = Buffer.allocUnsafeSlow(Math.max(needed, writer.bytes.length * 2));
  writer.bytes.copy(bytes, 0, 0, writer.at);
  writer.bytes = bytes;
  writer.view = new DataView(bytes.buffer);
}

/** A whole number from 0, seven bits a byte (LEB128). Takes at most 8 bytes, already reserved. */
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

/** Throws RangeError for what is no text. Most texts are short and ASCII, and a loop writes those several times faster than a call into the engine does. */
export function putText(writer: ByteWriter, text: string): void {
  // Something else would be written as a text that it is not, or end the program's memory.
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

/** A whole number up to 2^53, either sign, in 8 bytes; without the detour through a bigint. */
export function putInteger64(writer: ByteWriter, value: number): void {
  writer.view.setUint32(writer.at, value % TWO_TO_32, true);
  writer.view.setInt32(writer.at + 4, Math.floor(value / TWO_TO_32), true);
  writer.at += 8;
}

/** A whole number up to 2^64 in 8 bytes. */
export function putBigInteger64(writer: ByteWriter, value: bigint): void {
  writer.view.setBigUint64(writer.at, value, true);
  writer.at += 8;
}
