import { constants, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Lends a file that holds a block. */
export interface BlockFiles {
  /** The caller owns the file until `work` settles. Blocks of one `kind` have similar sizes. */
  lend<Result>(kind: string, bytes: readonly Uint8Array[], work: (file: string) => Promise<Result>): Promise<Result>;
}

/**
 * Lends files of one folder and overwrites them again and again: creating and removing a file costs
 * the file system more than writing one, and more so at a higher rate. Files are not flushed to
 * disk, and stay until the folder is removed.
 */
export function blockFiles(folder: string): BlockFiles {
  const free = new Map<string, string[]>();
  let last = 0;
  return {
    async lend(kind, bytes, work) {
      if (!free.has(kind)) free.set(kind, []);
      const files = free.get(kind)!;
      const file = files.pop() ?? join(folder, `${++last}.native`);
      try {
        await overwrite(file, bytes);
        const result = await work(file);
        files.push(file);
        return result;
      } catch (error) {
        // The failed caller may still be reading the file, so it is not reused.
        await rm(file, { force: true });
        throw error;
      }
    },
  };
}

async function overwrite(path: string, bytes: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const { bytesWritten } = await file.writev([...bytes], 0);
    const length = bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytesWritten !== length) throw new Error(`${path}: ${bytesWritten} of ${length} bytes were written`);
    await file.truncate(length);
  } finally {
    await file.close();
  }
}
