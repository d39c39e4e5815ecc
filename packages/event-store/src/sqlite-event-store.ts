import { openGroupCommit, type Waiting } from './group-commit.ts';
import { openIdentityIndex } from './identity-index.ts';
import { greater } from './key-runs.ts';
import { openLedger } from './ledger.ts';
import { openReading } from './log-reading.ts';
import { type EventStore, EventStoreError } from './port.ts';
import { openReadPositions } from './read-positions.ts';
import { openReadRange } from './read-range.ts';
import { hashed, openAppends } from './sqlite-appends.ts';
import { bestSqliteDriver, type SqliteDatabase, type SqliteDriver } from './sqlite-driver.ts';
import { DamagedLog, eventStoreErrorFor } from './sqlite-failure.ts';
import { lockStore } from './sqlite-lock.ts';
import { openMinutes } from './sqlite-minutes.ts';
import { openRejections } from './sqlite-rejections.ts';
import { prepareSchema } from './sqlite-schema.ts';

/** Streams whose events others published to us; the rest is the system's own. */
const PUBLISHED_PREFIX = 'customer-';
/** The same in SQL: `customer.` is the least text after all that begin so. */
const IS_PUBLISHED = `(stream >= '${PUBLISHED_PREFIX}' AND stream < 'customer.')`;

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
 * The event store in one SQLite file, for one process: durable before the answer, positions dense from 1. Throws {@link EventStoreError}:
 * `locked` while another process has it open, `corrupt` if the file is damaged or no store, `unavailable` if it cannot be opened.
 */
export async function sqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const { file } = options;
  const driver = options.driver ?? bestSqliteDriver();
  if (driver === undefined) {
    throw new EventStoreError(
      'unavailable',
      'No SQLite library loads here. Install the package libsql for this platform, or use Node 22.13 or later, which has its own.',
    );
  }
  let unlock = () => {};
  let database: SqliteDatabase | undefined;
  try {
    unlock = lockStore(driver, file);
    database = driver.open(file);
    prepareSchema(database, file);
    return openStore(database, unlock, options);
  } catch (error) {
    database?.close();
    unlock();
    throw eventStoreErrorFor(error, file);
  }
}

function openStore(database: SqliteDatabase, unlock: () => void, options: SqliteEventStoreOptions): EventStore {
  const { file, now = Date.now } = options;
  const selectPublished = database.prepare(
    `SELECT count(*) AS published, max(time) AS greatest FROM events WHERE position BETWEEN ? AND ? AND ${IS_PUBLISHED}`,
  );
  const countPublished = (first: number, last: number) => {
    const row = selectPublished.get(first, last);
    return { published: Number(row?.published), greatestTime: (row?.greatest ?? null) as number | null };
  };
  const isPublished = (stream: string) => stream.startsWith(PUBLISHED_PREFIX);

  const index = openIdentityIndex(database, countPublished, options.runEvents);
  const last = database.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').get();
  let head = Number(last?.position ?? 0);
  let recordedAt = Number(last?.recorded_at ?? 0);
  let lastRecordedAt = recordedAt;
  if (head !== index.nextPosition() - 1) {
    throw new DamagedLog(`the log ends at ${head}, its index at ${index.nextPosition() - 1}`);
  }
  // `stored` is counted from the events: those of a run when the run was made, those behind the runs here, and then the accepted ones as they are
  // written. `accepted` is what the ledger says. They agree because a transaction holds both, and show it if ever they do not.
  const tail = countPublished(index.lastPositionInRuns() + 1, head);
  let stored = index.publishedInRuns() + tail.published;
  let greatestTime = greater(index.greatestTimeInRuns(), tail.greatestTime);
  const ledger = openLedger(database);
  let accepted = ledger.acceptedInAll();

  let isClosed = false;
  let wake = signalOnce();
  const guard = <Result>(work: () => Result): Result => {
    if (isClosed) throw new EventStoreError('closed', `The event store ${file} is closed.`);
    try {
      return work();
    } catch (error) {
      throw eventStoreErrorFor(error, file);
    }
  };
  const readRange = openReadRange(database);
  const readPositions = openReadPositions(database, readRange);
  const rejections = openRejections(database);
  const commit = openGroupCommit({
    database,
    index,
    appends: openAppends(database, index, readPositions),
    ledger,
    rejections,
    isPublished,
    recordedAt: () => {
      recordedAt = Math.max(recordedAt, now());
      return recordedAt;
    },
    onWritten({ group, head: newHead }) {
      for (const entry of group.ledger.values()) accepted += entry.accepted;
      for (const event of group.events) {
        if (!isPublished(event.stream)) continue;
        stored += 1;
        greatestTime = greater(greatestTime, event.time);
      }
      if (newHead === head) return;
      head = newHead;
      lastRecordedAt = group.recordedAt;
      const waking = wake;
      wake = signalOnce();
      waking.give();
    },
    errorFor: (error) => eventStoreErrorFor(error, file),
  });
  const reading = openReading(
    database,
    index,
    readRange,
    readPositions,
    { head: () => head, isClosed: () => isClosed, next: () => wake.given },
    guard,
  );
  const countMinutes = openMinutes(database, { ledger, isPublishedSql: IS_PUBLISHED, head: () => head, guard });
  const written = <Result>(wait: (resolve: (result: Result) => void, reject: (error: unknown) => void) => Waiting) =>
    new Promise<Result>((resolve, reject) => guard(() => commit.enqueue(wait(resolve, reject))));

  return {
    append: (events) => written((resolve, reject) => ({ kind: 'append', append: hashed(events), resolve, reject })),
    ...reading,
    head: async () => guard(() => BigInt(head)),
    greatestTime: async () => guard(() => greatestTime),
    counts: async () => guard(() => ({ accepted, stored })),
    lastRecordedAt: async () => guard(() => (head === 0 ? null : lastRecordedAt)),
    countMinutes,
    keepRejections: (rejected) =>
      written<readonly bigint[]>((resolve, reject) => ({ kind: 'keep', rejections: rejected, resolve, reject })),
    listRejections: async (listing) => guard(() => rejections.list(listing)),
    getRejections: async (ids) => guard(() => rejections.get(ids)),
    resolveRejections: (ids) => written<void>((resolve, reject) => ({ kind: 'resolve', ids, resolve, reject })),
    async close() {
      if (isClosed) return;
      commit.flush();
      isClosed = true;
      wake.give();
      try {
        database.transaction(() => ledger.write(new Map(), recordedAt));
        // libsql closes its file only when the last statement is collected, so the WAL is brought home here.
        database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      } catch {
        // On a full disk the WAL stays as it is: all that was acknowledged is in it, and the next opening reads it.
      }
      try {
        database.close();
      } finally {
        unlock();
      }
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
