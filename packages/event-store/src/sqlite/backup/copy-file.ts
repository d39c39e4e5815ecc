import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EventStoreError } from '../../port.ts';
import type { SqliteDatabase } from '../driver.ts';
import type { Guard } from '../failure.ts';
import { CHECKPOINT_PAGES } from '../schema.ts';

/** Bytes read in one step: a few milliseconds in which nothing is written. */
const PIECE_BYTES = 1 << 20;
/**
 * A backup is aborted after this time without a request, because the WAL can only grow meanwhile.
 */
const STALLED_MS = 60_000;
/**
 * A backup is aborted when the WAL exceeds both this and the size of the log: a slow reader must
 * not fill the disk.
 */
const WAL_BYTES_MAX = 1 << 30;
/** Attempts to checkpoint the WAL; a reader that blocks it is gone after milliseconds. */
const ATTEMPTS = 50;

/** A backup in steps, each between two transactions. */
export interface BackupSteps {
  /**
   * Checkpoints the WAL and from then on leaves the file unchanged. Throws `refused` while another
   * backup runs.
   */
  beginBackup(): Promise<{ readonly id: number; readonly bytes: number; readonly position: number }>;
  /**
   * Reads one step from an offset; empty at the end. Throws `unavailable` if the backup is aborted.
   */
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
 * Backups of the file that `database`, the one connection that checkpoints, has open: during a
 * backup nothing is checkpointed, commits go to the WAL, and the file stays as it was at the start.
 * Call `close` after the database is closed.
 */
export function openBackups(
  database: SqliteDatabase,
  { file, head, guard, walBytesMax = WAL_BYTES_MAX }: BackupOptions,
): BackupSteps & { close(): void } {
  // Opened once and closed last, because closing any handle of a file drops all POSIX locks that
  // the process has on it.
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

/** Header bytes that give the file's journal mode: 1 for a rollback journal, 2 for a WAL. */
const WRITE_VERSION_OFFSET = 18;

/**
 * Marks a copy as complete without a WAL, so that SQLite looks for none and makes none when it
 * opens it.
 */
export function withoutWal(beginning: Uint8Array): Uint8Array {
  beginning.fill(1, WRITE_VERSION_OFFSET, WRITE_VERSION_OFFSET + 2);
  return beginning;
}
