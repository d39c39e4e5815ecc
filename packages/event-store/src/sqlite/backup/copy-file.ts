import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreError } from '../../port.ts';
import type { SqliteDatabase } from '../driver.ts';
import type { Guard } from '../failure.ts';
import { CHECKPOINT_PAGES } from '../schema.ts';

/** What one step reads: a few milliseconds in which nothing is written. */
const PIECE_BYTES = 1 << 20;
/** A backup that nobody has asked on for so long is given up: meanwhile the WAL can only grow. */
const STALLED_MS = 60_000;
/** A backup that lets the WAL grow beyond this, and beyond the size of the log, is given up: a slow reader must not fill the disk. */
const WAL_BYTES_MAX = 1 << 30;
/** Times that the WAL is tried to be brought home; a reader in its way is gone after milliseconds. */
const ATTEMPTS = 50;

/** A backup in steps, each between two transactions. */
export interface BackupSteps {
  /** Brings the WAL home, and from then on keeps the file as it is. One at a time: throws `refused` while another is under way. */
  beginBackup(): Promise<{ readonly id: number; readonly bytes: number; readonly position: number }>;
  /** From an offset on, as much as fits into one step; empty at the end. Throws `unavailable` where the backup was or is given up. */
  readBackup(id: number, from: number): Promise<Uint8Array>;
  endBackup(id: number): Promise<void>;
}

export interface BackupOptions {
  readonly file: string;
  readonly head: () => number;
  readonly guard: Guard;
  readonly walBytesMax?: number;
}

/**
 * Backups of the file that `database`, the one connection that checkpoints, has open. While one is under way nothing is checkpointed: all that is committed
 * goes into the WAL, and the file itself stays what it was at the beginning. `close` is to be called after the database is closed.
 */
export function openBackups(
  database: SqliteDatabase,
  { file, head, guard, walBytesMax = WAL_BYTES_MAX }: BackupOptions,
): BackupSteps & { close(): void } {
  // Opened once and closed last: closing any handle of a file drops all POSIX locks that the process has on it.
  let handle: number | undefined;
  let underWay: { readonly id: number; readonly bytes: number; readonly giveUp: NodeJS.Timeout } | undefined;
  let lastId = 0;

  const giveUpLater = (id: number) => setTimeout(() => end(id), STALLED_MS).unref();
  const end = (id: number): void => {
    if (underWay?.id !== id) return;
    clearTimeout(underWay.giveUp);
    underWay = undefined;
    database.prepare(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}`).get();
  };
  const keepAsItIs = async (id: number) => {
    guard(() => database.prepare('PRAGMA wal_autocheckpoint=0').get());
    const bringWalHome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (guard(() => bringWalHome.get())?.busy === 0) {
        handle ??= openSync(file, 'r');
        const bytes = fstatSync(handle).size;
        underWay = { ...underWay!, bytes };
        return { id, bytes, position: head() };
      }
      await delay(10);
    }
    throw new EventStoreError(
      'unavailable',
      `The event store ${file} is being read all the time. Try the backup again.`,
    );
  };

  return {
    async beginBackup() {
      if (underWay !== undefined) {
        throw new EventStoreError(
          'refused',
          'A backup is under way. Wait for its end, or for a minute if it was abandoned.',
        );
      }
      const id = ++lastId;
      underWay = { id, bytes: 0, giveUp: giveUpLater(id) };
      try {
        return await keepAsItIs(id);
      } catch (error) {
        end(id);
        throw error;
      }
    },
    readBackup: async (id, from) =>
      guard(() => {
        if (underWay?.id !== id) {
          throw new EventStoreError('unavailable', 'The backup was given up, because nobody asked for more of it.');
        }
        if (statSync(`${file}-wal`).size > Math.max(walBytesMax, underWay.bytes)) {
          end(id);
          throw new EventStoreError(
            'unavailable',
            'The backup was given up: more was published meanwhile than the log may keep in its WAL. Make it where it is read faster.',
          );
        }
        underWay.giveUp.refresh();
        const piece = new Uint8Array(Math.min(PIECE_BYTES, underWay.bytes - from));
        const read = readSync(handle!, piece, 0, piece.length, from);
        return from === 0 ? withoutWal(piece.subarray(0, read)) : piece.subarray(0, read);
      }),
    endBackup: async (id) => end(id),
    close() {
      if (underWay !== undefined) clearTimeout(underWay.giveUp);
      underWay = undefined;
      if (handle !== undefined) closeSync(handle);
    },
  };
}

/** Bytes of the header that say how the file is written: 1, with a rollback journal; 2, with a WAL beside it. */
const WRITE_VERSION_OFFSET = 18;

/** A copy is complete by itself: whoever opens it looks for no WAL and makes none beside it. */
export function withoutWal(beginning: Uint8Array): Uint8Array {
  beginning.fill(1, WRITE_VERSION_OFFSET, WRITE_VERSION_OFFSET + 2);
  return beginning;
}
