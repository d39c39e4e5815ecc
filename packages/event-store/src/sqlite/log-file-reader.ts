import type { LogReader } from '../log-reader.ts';
import { EventStoreError } from '../port.ts';
import { bestSqliteDriver, type SqliteDatabase, type SqliteDriver } from './driver.ts';
import { eventStoreErrorFor, type Guard, guardOf, noSqliteLibrary } from './failure.ts';
import { openPositions } from './identity-index/identity-index.ts';
import { lockStore } from './lock.ts';
import { openIdentity } from './log-identity.ts';
import { openMinutes } from './reading/minutes.ts';
import { openReadPositions } from './reading/read-positions.ts';
import { openReadRange } from './reading/read-range.ts';
import { openReading } from './reading/subscribe.ts';
import { prepareReader, refuseOtherSchema } from './schema.ts';
import type { SqliteEventStoreOptions } from './sqlite-event-store.ts';
import { eventOfRow } from './stored-event.ts';

/**
 * Reads a store's file and never writes: under its lock if that is free, else alongside the holder;
 * where damage keeps a store from being opened, it reads as much as it can. Throws
 * {@link EventStoreError} as `sqliteEventStore` does, but never `locked`, and `refused` for a file
 * of an earlier schema.
 */
export async function sqliteLogReader({
  file,
  driver = bestSqliteDriver(),
}: Pick<SqliteEventStoreOptions, 'file' | 'driver'>): Promise<LogReader> {
  if (driver === undefined) throw noSqliteLibrary();
  let hold: Hold = { unlock: () => {} };
  try {
    hold = holdUnlessInUse(driver, file);
    const database = driver.open(file);
    try {
      refuseOtherSchema(database, file);
      prepareReader(database);
      const { unlock, inUse } = hold;
      const { reader } = readerOver(database, file, inUse, () => {
        database.close();
        unlock();
      });
      return reader;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    hold.unlock();
    throw eventStoreErrorFor(error, file);
  }
}

interface Hold {
  readonly unlock: () => void;
  /** The error `locked`, which says who holds the file. */
  readonly inUse?: EventStoreError;
}

function holdUnlessInUse(driver: SqliteDriver, file: string): Hold {
  try {
    return { unlock: lockStore(driver, file) };
  } catch (error) {
    if (!(error instanceof EventStoreError && error.code === 'locked')) throw error;
    return { unlock: () => {}, inUse: error };
  }
}

/**
 * Makes a reader over an opened database of this version's schema, and the guard for other reads of
 * it. If `inUse` says that another process may write the file, streams cannot be read.
 */
export function readerOver(
  database: SqliteDatabase,
  file: string,
  inUse: EventStoreError | undefined,
  close: () => void | Promise<void>,
): { readonly reader: LogReader; readonly guard: Guard } {
  let isClosed = false;
  const guard = guardOf(file, () => isClosed);
  const eventOf = eventOfRow(database);
  const readRange = openReadRange(database, eventOf);
  const identity = openIdentity(database, guard, eventOf);
  const selectHead = database.prepareTuples('SELECT coalesce(max(position), 0) FROM events');
  const head = () => Number(selectHead.all()[0]![0]);
  const { readAll, streamPages } = openReading(
    database,
    positionsIn(database, inUse),
    readRange,
    openReadPositions(database, readRange, eventOf),
    { head, isClosed: () => isClosed, next: () => Promise.reject(new TypeError('Nothing is followed here.')) },
    guard,
    identity.holds,
  );
  const reader: LogReader = {
    ...identity,
    isInUse: inUse !== undefined,
    readAll,
    streamPages,
    countMinutes: openMinutes(database, guard),
    head: async () => guard(() => BigInt(head())),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await close();
    },
  };
  return { reader, guard };
}

/**
 * Looks positions up in the identity index, opened on first use. The index matches its file only
 * while no other process writes that.
 */
function positionsIn(database: SqliteDatabase, inUse: EventStoreError | undefined) {
  let positionsOf: ReturnType<typeof openPositions> | undefined;
  return async (stream: number, after: number, upTo: number) => {
    if (inUse !== undefined) throw inUse;
    positionsOf ??= openPositions(database);
    return positionsOf(stream, after, upTo);
  };
}
