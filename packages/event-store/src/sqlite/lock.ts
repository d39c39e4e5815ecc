import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { EventStoreError } from '../port.ts';
import { resultCodes, type SqliteDatabase, type SqliteDriver, SqliteFailure } from './driver.ts';

/**
 * Offset of `PRAGMA user_version` (big-endian) in a SQLite file; the lock file stores its holder's
 * process id there.
 */
const USER_VERSION_OFFSET = 60;

/** Stores open in this process, since POSIX locks do not exclude their own process. */
const heldHere = new Set<string>();

/**
 * Lock `file` for this process until the returned function is called or the process dies, however
 * it dies: an exclusive lock of the operating system on a small SQLite file beside it. Throws
 * `locked`.
 */
export function lockStore(driver: SqliteDriver, file: string): () => void {
  const path = canonical(file);
  if (heldHere.has(path)) throw locked(file, process.pid);
  const lockFile = `${path}.lock`;
  const lock = driver.open(lockFile);
  try {
    // Exclusive mode keeps this transaction's lock after its commit. It writes nothing, so a store
    // on a full disk can still be read.
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; BEGIN EXCLUSIVE; COMMIT');
  } catch (error) {
    lock.close();
    if (
      error instanceof SqliteFailure &&
      (error.resultCode === resultCodes.busy || error.resultCode === resultCodes.locked)
    ) {
      throw locked(file, holderOf(lockFile), { cause: error });
    }
    throw error;
  }
  heldHere.add(path);
  signWith(lock, process.pid);
  return () => {
    heldHere.delete(path);
    // In normal mode the next access releases the lock, even where a library closes its handle
    // late.
    lock.exec('PRAGMA locking_mode=NORMAL; SELECT 1 FROM sqlite_master');
    signWith(lock, 0);
    lock.close();
  };
}

/**
 * Writes the holder's process id for the error message of others; the lock holds without it too.
 */
function signWith(lock: SqliteDatabase, pid: number): void {
  try {
    lock.exec(`PRAGMA user_version=${pid}`);
  } catch {
    // The disk is full.
  }
}

function locked(file: string, pid: number | undefined, options?: { cause?: unknown }): EventStoreError {
  const holder = pid === undefined ? 'another process' : pid === process.pid ? 'this process' : `process ${pid}`;
  return new EventStoreError('locked', `The event store ${file} is already open in ${holder}. Stop it first.`, options);
}

/**
 * Never call this for a store that this process holds: closing any handle of a file drops all POSIX
 * locks that the process has on it.
 */
function holderOf(lockFile: string): number | undefined {
  try {
    const handle = openSync(lockFile, 'r');
    try {
      const bytes = Buffer.alloc(4);
      if (readSync(handle, bytes, 0, 4, USER_VERSION_OFFSET) < 4) return undefined;
      return bytes.readUInt32BE(0) || undefined;
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/**
 * Resolves links, so that two names of one file do not pass as two stores. The file itself may not
 * exist yet.
 */
function canonical(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
