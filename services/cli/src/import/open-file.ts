import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from './import-error.ts';

/** A file open for reading, decompressed if it is gzipped. */
export interface OpenFile {
  readonly bytes: Readable;
  readonly size: number;
  /** Bytes of the file (compressed, if it is) read so far, for showing progress. */
  readonly bytesRead: () => number;
}

/**
 * Opens a file for one pass from the beginning. Its first bytes, not its name, tell whether it is
 * gzipped.
 */
export async function openFile(file: string): Promise<OpenFile> {
  const { size, head } = await headOf(file, 2);
  const raw: ReadStream = createReadStream(file, { highWaterMark: 256 * 1024 });
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!isGzip) return { bytes: raw, size, bytesRead: () => raw.bytesRead };
  const unpacked = createGunzip({ chunkSize: 256 * 1024 });
  raw.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => raw.destroy());
  raw.pipe(unpacked);
  const bytes = Readable.from(
    (async function* () {
      try {
        yield* unpacked;
      } catch (error) {
        throw new ImportError(
          `${file} is damaged: ${(error as Error).message}. What was read before it has been imported.`,
        );
      } finally {
        unpacked.destroy();
      }
    })(),
    { objectMode: false },
  );
  return { bytes, size, bytesRead: () => raw.bytesRead };
}

/**
 * Size and first bytes of a file.
 * @throws ImportError with advice if it cannot be read.
 */
export async function headOf(file: string, length: number): Promise<{ size: number; mtimeMs: number; head: Buffer }> {
  try {
    const { size, mtimeMs } = await stat(file);
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return { size, mtimeMs, head: buffer.subarray(0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ImportError(`${file} does not exist.`);
    if (code === 'EACCES') throw new ImportError(`${file} may not be read by this user.`);
    if (code === 'EISDIR') throw new ImportError(`${file} is a folder; name its files.`);
    throw new ImportError(`${file} cannot be read: ${message}`);
  }
}
