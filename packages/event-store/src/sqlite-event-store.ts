import { openReading } from './log-reading.ts';
import { type EventStore, EventStoreError } from './port.ts';
import { openReadPositions } from './read-positions.ts';
import { openReadRange } from './read-range.ts';
import { bestSqliteDriver, type SqliteDatabase, type SqliteDriver } from './sqlite-driver.ts';
import { eventStoreErrorFor, guardOf } from './sqlite-failure.ts';
import { lockStore } from './sqlite-lock.ts';
import { type LogState, openSqliteLog, type SqliteLog } from './sqlite-log.ts';
import { prepareSchema } from './sqlite-schema.ts';

export interface SqliteEventStoreOptions {
  /** The store's file; its folder must exist. `-wal`, `-shm` and `.lock` stand beside it. */
  readonly file: string;
  /** By default the best that loads here. */
  readonly driver?: SqliteDriver | undefined;
  /** ms since 1970; the wall clock by default. Only `recordedAt` depends on it. */
  readonly now?: (() => number) | undefined;
  /** Events of one run of the identity index; for tests, which want many runs of few events. */
  readonly runEvents?: number | undefined;
}

/**
 * The event store in one SQLite file, for one process: durable before the answer, positions dense from 1. It writes on the thread that calls it; what
 * `openEventStore` opens writes on a thread of its own. Throws {@link EventStoreError}: `locked` while another process has it open, `corrupt` if the
 * file is damaged or no store, `unavailable` if it cannot be opened.
 */
export async function sqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const { file, now = Date.now, runEvents } = options;
  return heldStore(options, async (driver, onWritten) => {
    const database = driver.open(file);
    try {
      prepareSchema(database, file);
      return { ...openSqliteLog(database, { file, now, runEvents, onWritten }), reader: database };
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** What writes the log, what is known of it, and where it is read. */
export interface OpenedLog {
  readonly log: SqliteLog;
  readonly state: LogState;
  readonly reader: SqliteDatabase;
}

/** Told what is known of the log after each write. */
export type OnWritten = (state: LogState) => void;

/** A store over what `openLog` opens, while the file's lock is held. Throws as {@link sqliteEventStore}. */
export async function heldStore(
  { file, driver = bestSqliteDriver() }: Pick<SqliteEventStoreOptions, 'file' | 'driver'>,
  openLog: (driver: SqliteDriver, onWritten: OnWritten) => Promise<OpenedLog>,
): Promise<EventStore> {
  if (driver === undefined) {
    throw new EventStoreError(
      'unavailable',
      'No SQLite library loads here. Install the package libsql for this platform, or use Node 22.13 or later, which has its own.',
    );
  }
  let unlock = () => {};
  try {
    unlock = lockStore(driver, file);
    let advance: OnWritten = () => {};
    const opened = await openLog(driver, (state) => advance(state));
    const { store, onWritten } = storeOver(opened, file, unlock);
    advance = onWritten;
    return store;
  } catch (error) {
    unlock();
    throw eventStoreErrorFor(error, file);
  }
}

function storeOver(
  { log, state: atFirst, reader }: OpenedLog,
  file: string,
  unlock: () => void,
): { readonly store: EventStore; readonly onWritten: OnWritten } {
  let state = atFirst;
  let isClosed = false;
  let wake = signalOnce();
  const guard = guardOf(file, () => isClosed);
  const readRange = openReadRange(reader);
  const { append, countMinutes, keepRejections, listRejections, getRejections, resolveRejections } = log;
  const store: EventStore = {
    ...openReading(
      reader,
      log.positionsOf,
      readRange,
      openReadPositions(reader, readRange),
      { head: () => state.head, isClosed: () => isClosed, next: () => wake.given },
      guard,
    ),
    append,
    countMinutes,
    keepRejections,
    listRejections,
    getRejections,
    resolveRejections,
    head: async () => guard(() => BigInt(state.head)),
    greatestTime: async () => guard(() => state.greatestTime),
    counts: async () => guard(() => ({ accepted: state.accepted, stored: state.stored })),
    lastRecordedAt: async () => guard(() => (state.head === 0 ? null : state.lastRecordedAt)),
    async close() {
      if (isClosed) return;
      const closing = log.close();
      isClosed = true;
      wake.give();
      try {
        await closing;
      } finally {
        unlock();
      }
    },
  };
  return {
    store,
    onWritten(written) {
      const hasGrown = written.head !== state.head;
      state = written;
      if (!hasGrown) return;
      const waking = wake;
      wake = signalOnce();
      waking.give();
    },
  };
}

function signalOnce(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
