import { constants, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Lends a file that holds a block. */
export interface BlockFiles {
  /** The file is the caller's until `work` has settled. Blocks of one `kind` are about as large as each other. */
  lend<Result>(kind: string, bytes: readonly Uint8Array[], work: (file: string) => Promise<Result>): Promise<Result>;
}

/**
 * Files in an empty folder, each written over again and again: making and removing a file costs a file system more than writing one, the more the
 * faster it goes. Nothing is flushed to disk. They stay until the folder is removed.
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
        // Whoever gave up may still be reading it, so nobody else is given it.
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
