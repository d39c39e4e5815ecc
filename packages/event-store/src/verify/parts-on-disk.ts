import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Number of parts; each fits into memory where the whole does not. */
export const PARTS = 256;

/** Bytes of a part buffered in memory. */
const BUFFER_BYTES = 16 * 1024;

/** Some bytes of an earlier run are missing. */
export class PartsLost extends Error {
  override readonly name = 'PartsLost';
}

/** Bytes stored in parts on the disk, each part in the order in which it was written. */
export interface PartsOnDisk {
  add(part: number, bytes: Uint8Array): void;
  /**
   * Writes the buffers and returns the length of each part, which a later run passes as `lengths`.
   */
  flush(): number[];
  read(part: number): Buffer;
}

/**
 * Opens the files `NAME-0`…`NAME-255` of a folder, and makes the folder. `lengths` resumes an
 * earlier run: longer files are cut to them, and shorter ones throw {@link PartsLost}.
 */
export function openPartsOnDisk(folder: string, name: string, lengths?: readonly number[]): PartsOnDisk {
  mkdirSync(folder, { recursive: true });
  const fileOf = (part: number) => join(folder, `${name}-${part}`);
  const written = Array.from({ length: PARTS }, (_, part) => {
    const length = lengths?.[part] ?? 0;
    const file = fileOf(part);
    const found = existsSync(file) ? statSync(file).size : 0;
    if (found < length) throw new PartsLost(`${file} is shorter than it was: ${found} of ${length} bytes`);
    if (found > length) truncateSync(file, length);
    return length;
  });
  const buffers = new Map<number, { readonly bytes: Buffer; used: number }>();

  function write(part: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    appendFileSync(fileOf(part), bytes);
    written[part]! += bytes.length;
  }
  function empty(part: number): void {
    const buffer = buffers.get(part);
    if (buffer === undefined) return;
    write(part, buffer.bytes.subarray(0, buffer.used));
    buffer.used = 0;
  }
  return {
    add(part, bytes) {
      let buffer = buffers.get(part);
      if (buffer === undefined) {
        buffer = { bytes: Buffer.allocUnsafe(BUFFER_BYTES), used: 0 };
        buffers.set(part, buffer);
      }
      if (buffer.used + bytes.length > BUFFER_BYTES) empty(part);
      if (bytes.length > BUFFER_BYTES) return write(part, bytes);
      buffer.bytes.set(bytes, buffer.used);
      buffer.used += bytes.length;
    },
    flush() {
      for (const part of buffers.keys()) empty(part);
      return [...written];
    },
    read(part) {
      empty(part);
      return existsSync(fileOf(part)) ? readFileSync(fileOf(part)) : Buffer.alloc(0);
    },
  };
}
