import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Backup, type EventStore, EventStoreError } from '../../port.ts';
import { checkBackup } from './check-backup.ts';
import { flushFolder } from './restore-log.ts';

/** Message for stores without {@link EventStore.backup}. */
export const BACKUP_ELSEWHERE =
  'The log is in EventStoreDB or KurrentDB: use the backup of that server, which its manual describes. The read model and the topics of Kafka are filled again from the log.';

export interface WriteBackupOptions {
  /** Called with the bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes a backup to a file beside `file` and renames it once it is complete, checked and on the
 * disk; a failure leaves nothing behind. Throws {@link EventStoreError}: `refused` if the file
 * exists, `corrupt` if the copy is incomplete; and the errors of `pieces` and the disk.
 */
export async function writeBackup(file: string, backup: Backup, options: WriteBackupOptions = {}): Promise<void> {
  if (existsSync(file))
    throw new EventStoreError('refused', `${file} exists already, and a backup overwrites nothing.`);
  const incoming = `${file}.partial`;
  try {
    const written = await writeAll(incoming, backup.pieces, options);
    if (written !== backup.bytes) throw incomplete(file, `${written} of its ${backup.bytes} bytes came`);
    const { position } = checkBackup(incoming);
    if (position !== backup.position) throw incomplete(file, `it ends at ${position}, not at ${backup.position}`);
    await rename(incoming, file);
    flushFolder(dirname(file));
  } finally {
    await rm(incoming, { force: true });
  }
}

async function writeAll(
  file: string,
  pieces: AsyncIterable<Uint8Array>,
  { onProgress, signal }: WriteBackupOptions,
): Promise<number> {
  const handle = await open(file, 'w');
  try {
    let written = 0;
    for await (const piece of pieces) {
      signal?.throwIfAborted();
      await handle.writeFile(piece);
      written += piece.length;
      onProgress?.(written);
    }
    await handle.sync();
    return written;
  } finally {
    await handle.close();
  }
}

const incomplete = (file: string, what: string) =>
  new EventStoreError(
    'corrupt',
    `The backup ${file} did not come whole (${what}). Nothing was kept of it; make it again.`,
  );
