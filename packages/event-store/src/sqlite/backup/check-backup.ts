import { closeSync, openSync, readSync } from 'node:fs';
import { EventStoreError } from '../../port.ts';
import { bestSqliteDriver, type SqliteDriver } from '../driver.ts';
import { eventStoreErrorFor, noSqliteLibrary } from '../failure.ts';
import { refuseForeign } from '../schema.ts';

/** The contents of a backup. */
export interface CheckedBackup {
  /** Position of its last event; `0n` for an empty log. */
  readonly position: bigint;
}

/**
 * Opens a backup and reads all of it without changing it. Throws {@link EventStoreError}: `corrupt`
 * if it is damaged, cut short or no backup, `refused` if it is of a newer version or cannot be
 * read.
 */
export function checkBackup(file: string, driver: SqliteDriver | undefined = bestSqliteDriver()): CheckedBackup {
  if (driver === undefined) throw noSqliteLibrary();
  assertDatabase(file);
  const database = driver.open(file);
  try {
    refuseForeign(database, file);
    const found = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (found !== 'ok') throw notWhole(file, String(found));
    const last = database.prepare('SELECT max(position) AS position FROM events').get();
    return { position: BigInt(Number(last?.position ?? 0)) };
  } catch (error) {
    throw eventStoreErrorFor(error, file);
  } finally {
    database.close();
  }
}

/** Checks the file before SQLite opens it, because SQLite would create a missing one. */
function assertDatabase(file: string): void {
  const beginning = Buffer.alloc(16);
  try {
    const handle = openSync(file, 'r');
    try {
      readSync(handle, beginning, 0, beginning.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new EventStoreError('refused', `The backup ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (beginning.toString('latin1') !== 'SQLite format 3\0') throw notWhole(file, 'it is no SQLite file');
}

const notWhole = (file: string, what: string) =>
  new EventStoreError('corrupt', `${file} is no whole copy of a log: ${what}.`);
