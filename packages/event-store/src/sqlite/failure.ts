import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { EventStoreError } from '../port.ts';
import { resultCodes, SqliteFailure } from './driver.ts';

/**
 * Free bytes below which a failed write counts as a full disk, since SQLite reports some of those
 * as plain I/O errors.
 */
const LITTLE_ROOM = 1 << 20;

/** The tables contradict each other; the message says what is missing. Becomes `corrupt`. */
export class DamagedLog extends Error {
  override readonly name = 'DamagedLog';
}

/**
 * Runs a call of SQLite: translates its failures into errors of the port, and refuses once the
 * store is closed.
 */
export type Guard = <Result>(work: () => Result) => Result;

export function guardOf(file: string, isClosed: () => boolean): Guard {
  return (work) => {
    if (isClosed()) throw closed(file);
    try {
      return work();
    } catch (error) {
      throw eventStoreErrorFor(error, file);
    }
  };
}

/**
 * Translates a failure of SQLite into an error of the port that says what to do. Other errors are
 * returned as they are.
 */
export function eventStoreErrorFor(error: unknown, file: string): unknown {
  if (error instanceof DamagedLog) return corrupt(file, error.message, { cause: error });
  if (!(error instanceof SqliteFailure)) return error;
  const cause = { cause: error };
  switch (error.resultCode) {
    case resultCodes.full:
      return full(file, cause);
    case resultCodes.ioError:
      if (roomLeft(file) < LITTLE_ROOM) return full(file, cause);
      return new EventStoreError(
        'unavailable',
        `The disk under the event store ${file} failed (${error.message}). Nothing of this call is promised; it may be repeated.`,
        cause,
      );
    case resultCodes.corrupt:
    case resultCodes.notADatabase:
      return corrupt(file, error.message, cause);
    case resultCodes.readonly:
    case resultCodes.cannotOpen:
      return new EventStoreError(
        'refused',
        `The event store ${file} cannot be opened for writing (${error.message}). Does the folder exist, and may this user write to it?`,
        cause,
      );
    case resultCodes.busy:
    case resultCodes.locked:
      return new EventStoreError(
        'locked',
        `The event store ${file} is held by another program (${error.message}). Stop that program first.`,
        cause,
      );
    default:
      return new EventStoreError('unavailable', `The event store ${file} failed: ${error.message}`, cause);
  }
}

export function noSqliteLibrary(): EventStoreError {
  return new EventStoreError(
    'unavailable',
    'No SQLite library loads here. Install the package libsql for this platform, or use Node 22.13 or later, which has its own.',
  );
}

export function closed(file: string): EventStoreError {
  return new EventStoreError('closed', `The event store ${file} is closed.`);
}

export function corrupt(file: string, what: string, options?: { cause?: unknown }): EventStoreError {
  return new EventStoreError(
    'corrupt',
    `The event store ${file} is damaged, or is not an event store (${what}). Nothing was changed. Put a backup in its place, or move the ` +
      'file (with its -wal and -shm neighbours) away to begin an empty store; what can be saved of it, `sqlite3 FILE .recover` shows.',
    options,
  );
}

function full(file: string, options: { cause: unknown }): EventStoreError {
  return new EventStoreError(
    'full',
    `No room left for the event store ${file}. Nothing of this call was stored; it may be repeated once there is room.`,
    options,
  );
}

function roomLeft(file: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
