import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EventStoreError } from '../../port.ts';
import { bestSqliteDriver, type SqliteDriver } from '../driver.ts';
import { eventStoreErrorFor, noSqliteLibrary } from '../failure.ts';
import { lockStore } from '../lock.ts';
import { type CheckedBackup, checkBackup } from './check-backup.ts';
import { withoutWal } from './copy-file.ts';

export interface RestoreOptions {
  readonly backup: string;
  /** Path for the log; its folder must exist. */
  readonly file: string;
  /**
   * Paths derived from another log, e.g. the folder of the read model; moved aside if they exist.
   */
  readonly derived: readonly string[];
  /** Whether an existing log may be moved aside. */
  readonly replace: boolean;
  /** Appended to the names of files moved aside. */
  readonly suffix: string;
  readonly driver?: SqliteDriver | undefined;
}

export interface Restored extends CheckedBackup {
  readonly movedAside: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Suffixes of the files that SQLite keeps beside a file; they belong to the log that they were
 * written with.
 */
const NEIGHBOURS = ['-wal', '-shm', '-journal'];

/**
 * Puts a backup in the place of a log, under the log's lock: copies and checks it before moving
 * anything, and deletes nothing. Throws {@link EventStoreError}: `locked` while a process has the
 * log open, `refused` if a log exists already, and the errors of {@link checkBackup}.
 */
export function restoreLog(options: RestoreOptions): Restored {
  const { file, derived, suffix, driver = bestSqliteDriver() } = options;
  if (driver === undefined) throw noSqliteLibrary();
  let unlock = () => {};
  const incoming = `${file}.restoring`;
  try {
    unlock = lockStore(driver, file);
    refuseToReplace(options);
    copyWhole(options.backup, incoming);
    const checked = checkBackup(incoming, driver);
    const movedAside = [
      ...derived.map((path) => ({ from: path, to: `${path}.${suffix}` })),
      // SQLite's files keep their place beside the renamed file, so that the old log stays complete
      // and can be opened.
      ...NEIGHBOURS.map((end) => ({ from: file + end, to: `${file}.${suffix}${end}` })),
      { from: file, to: `${file}.${suffix}` },
    ].filter(({ from }) => existsSync(from));
    for (const { from, to } of movedAside) renameSync(from, to);
    renameSync(incoming, file);
    flushFolder(dirname(file));
    return { ...checked, movedAside };
  } catch (error) {
    throw eventStoreErrorFor(error, file);
  } finally {
    rmSync(incoming, { force: true });
    unlock();
  }
}

function refuseToReplace({ backup, file, replace }: RestoreOptions): void {
  if (existsSync(file) && !replace) {
    throw new EventStoreError('refused', `There is a log at ${file} already; it would have to be moved aside.`);
  }
  if ((statSync(`${backup}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new EventStoreError(
      'refused',
      `Beside ${backup} stands its -wal, which holds events too: this is a log and no backup. Make one of it with \`touchstone backup\`.`,
    );
  }
}

/**
 * Copies a backup in the form that `touchstone backup` writes, even from a copy of a stopped log's
 * file.
 */
function copyWhole(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    throw new EventStoreError('refused', `The backup ${from} cannot be copied: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const handle = openSync(to, 'r+');
  try {
    const beginning = new Uint8Array(100);
    if (readSync(handle, beginning, 0, beginning.length, 0) === beginning.length) {
      writeSync(handle, withoutWal(beginning), 0, beginning.length, 0);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename durable, which takes a flush of its folder. */
export function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
