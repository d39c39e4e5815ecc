import { machineClocks, trustedClock } from '@touchstone/runtime/trusted-clock';
import type { OnDamaged } from '../damaged-event.ts';
import { type Backup, type EventStore, EventStoreError } from '../port.ts';
import { bestSqliteDriver, type SqliteDatabase, type SqliteDriver } from './driver.ts';
import { eventStoreErrorFor, guardOf, noSqliteLibrary } from './failure.ts';
import { lockStore } from './lock.ts';
import { openSqliteLog, type SqliteLog } from './log.ts';
import { openIdentity } from './log-identity.ts';
import { openMinutes } from './reading/minutes.ts';
import { openReadPositions } from './reading/read-positions.ts';
import { openReadRange } from './reading/read-range.ts';
import { openRejectionPages } from './reading/read-rejections.ts';
import { readingTurns } from './reading/reading-turns.ts';
import { openReading } from './reading/subscribe.ts';
import { prepareSchema } from './schema.ts';
import { eventOfRow } from './stored-event.ts';

export interface SqliteEventStoreOptions {
  /**
   * The store's file, whose folder must exist. SQLite puts `-wal` and `-shm` beside it, the store
   * `.lock`.
   */
  readonly file: string;
  /** Default: the best that loads here. */
  readonly driver?: SqliteDriver | undefined;
  /**
   * Clock for `recordedAt` alone, ms since 1970; by default the time of day, as far as it can be
   * trusted.
   */
  readonly now?: (() => number) | undefined;
  /** Events of one run of the identity index; tests set it to get many small runs. */
  readonly runEvents?: number | undefined;
  readonly onDamaged?: OnDamaged | undefined;
}

/**
 * The event store in one SQLite file, for one process: durable before the answer, positions dense
 * from 1, written on the caller's thread (`openEventStore` uses a worker). Throws
 * {@link EventStoreError}: `locked` while another process has the file open, `corrupt` if it is
 * damaged or no store, `unavailable` if it cannot be opened.
 */
export async function sqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const { file, now = trustedClock(machineClocks).now, runEvents } = options;
  return heldStore(options, async (driver) => {
    const reader = driver.open(file);
    try {
      prepareSchema(reader, file);
      const log = openSqliteLog(reader, { file, now, runEvents });
      return { log, reader, countMinutes: (isClosed) => openMinutes(reader, guardOf(file, isClosed)) };
    } catch (error) {
      reader.close();
      throw error;
    }
  });
}

/** The log's writer, and the connection and function that read and count it. */
export interface OpenedLog {
  readonly log: SqliteLog;
  readonly reader: SqliteDatabase;
  readonly countMinutes: (isClosed: () => boolean) => EventStore['countMinutes'];
}

/**
 * Makes a store over whatever `openLog` opens while the file's lock is held. Throws as
 * {@link sqliteEventStore}.
 */
export async function heldStore(
  { file, driver = bestSqliteDriver(), onDamaged }: Pick<SqliteEventStoreOptions, 'file' | 'driver' | 'onDamaged'>,
  openLog: (driver: SqliteDriver) => Promise<OpenedLog>,
): Promise<EventStore> {
  if (driver === undefined) throw noSqliteLibrary();
  let unlock = () => {};
  try {
    unlock = lockStore(driver, file);
    return storeOver(await openLog(driver), { file, unlock, onDamaged });
  } catch (error) {
    unlock();
    throw eventStoreErrorFor(error, file);
  }
}

async function backupOf(log: SqliteLog): Promise<Backup> {
  const { id, bytes, position } = await log.beginBackup();
  async function* pieces() {
    try {
      for (let from = 0; from < bytes; ) {
        const piece = await log.readBackup(id, from);
        if (piece.length === 0) throw new EventStoreError('unavailable', 'The file of the event store became shorter.');
        from += piece.length;
        yield piece;
      }
    } finally {
      // Fails if the log was closed meanwhile, which has ended its backup already.
      await log.endBackup(id).catch(() => {});
    }
  }
  return { bytes, position: BigInt(position), pieces: pieces() };
}

interface Holding {
  readonly file: string;
  readonly unlock: () => void;
  readonly onDamaged: OnDamaged | undefined;
}

function storeOver({ log, reader, countMinutes }: OpenedLog, { file, unlock, onDamaged }: Holding): EventStore {
  let isClosed = false;
  const guard = guardOf(file, () => isClosed);
  const eventOf = eventOfRow(reader, onDamaged);
  const readRange = openReadRange(reader, eventOf);
  const identity = openIdentity(reader, guard, eventOf);
  const inTurn = readingTurns();
  const { append, keepRejections, resolveRejections, rejectionsSize, state } = log;
  return {
    ...openReading(
      reader,
      log.positionsOf,
      readRange,
      openReadPositions(reader, readRange, eventOf),
      { head: () => state().head, isClosed: () => isClosed, next: log.grown },
      guard,
      identity.holds,
      inTurn,
    ),
    ...openRejectionPages(reader, inTurn, guard),
    ...identity,
    append,
    countMinutes: countMinutes(() => isClosed),
    keepRejections,
    resolveRejections,
    rejectionsSize,
    backup: () => backupOf(log),
    head: async () => guard(() => BigInt(state().head)),
    greatestTime: async () => guard(() => state().greatestTime),
    counts: async () => guard(() => ({ accepted: state().accepted, stored: state().stored })),
    lastRecordedAt: async () => guard(() => (state().head === 0 ? null : state().lastRecordedAt)),
    async close() {
      if (isClosed) return;
      const closing = log.close();
      isClosed = true;
      try {
        await closing;
      } finally {
        unlock();
      }
    },
  };
}
