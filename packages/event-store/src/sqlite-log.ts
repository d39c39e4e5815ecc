import { openGroupCommit, type Waiting } from './group-commit.ts';
import { openIdentityIndex } from './identity-index.ts';
import { greater } from './key-runs.ts';
import { openLedger } from './ledger.ts';
import type { EventStore, RejectionsSize } from './port.ts';
import { IS_PUBLISHED_SQL, PUBLISHED_PREFIX } from './published-streams.ts';
import { openReadPositions } from './read-positions.ts';
import { openReadRange } from './read-range.ts';
import { hashed, openAppends } from './sqlite-appends.ts';
import { type BackupSteps, openBackups } from './sqlite-backup.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { DamagedLog, eventStoreErrorFor, guardOf } from './sqlite-failure.ts';
import { openRejections } from './sqlite-rejections.ts';

/** What is known of the log without asking its file. */
export interface LogState {
  /** Position of the last event; 0 in an empty log. */
  readonly head: number;
  /** When the last event was recorded, ms since 1970; 0 in an empty log. */
  readonly lastRecordedAt: number;
  /** As the port says it. */
  readonly greatestTime: number | null;
  readonly accepted: number;
  readonly stored: number;
}

type Methods = 'append' | 'keepRejections' | 'listRejections' | 'getRejections' | 'resolveRejections' | 'close';

/** The part of the store that writes the file, and what only its memory knows. Whoever opens it holds the file's lock. */
export interface SqliteLog extends Pick<EventStore, Methods>, BackupSteps {
  /** Ascending positions in `(after, upTo]` of the events whose stream has this hash. */
  positionsOf(stream: number, after: number, upTo: number): Promise<number[]>;
  rejectionsSize(): Promise<RejectionsSize>;
  state(): LogState;
  /** Resolves when the log has grown, or is closed. */
  grown(): Promise<void>;
}

export interface SqliteLogOptions {
  readonly file: string;
  /** ms since 1970. */
  readonly now: () => number;
  readonly runEvents: number | undefined;
}

/** Over a database made ready by `prepareSchema`; closes it. Throws {@link DamagedLog}. */
export function openSqliteLog(database: SqliteDatabase, { file, now, runEvents }: SqliteLogOptions): SqliteLog {
  const selectPublished = database.prepare(
    `SELECT count(*) AS published, max(time) AS greatest FROM events WHERE position BETWEEN ? AND ? AND ${IS_PUBLISHED_SQL}`,
  );
  const countPublished = (first: number, last: number) => {
    const row = selectPublished.get(first, last);
    return { published: Number(row?.published), greatestTime: (row?.greatest ?? null) as number | null };
  };
  const isPublished = (stream: string) => stream.startsWith(PUBLISHED_PREFIX);

  const index = openIdentityIndex(database, countPublished, runEvents);
  const last = database.prepare('SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1').get();
  const end = Number(last?.position ?? 0);
  if (end !== index.nextPosition() - 1) {
    throw new DamagedLog(`the log ends at ${end}, its index at ${index.nextPosition() - 1}`);
  }
  // `stored` is counted from the events: those of a run when the run was made, those behind the runs here, and then the accepted ones as they are
  // written. `accepted` is what the ledger says. They agree because a transaction holds both, and show it if ever they do not.
  const tail = countPublished(index.lastPositionInRuns() + 1, end);
  const ledger = openLedger(database);
  const known = knownState({
    head: end,
    lastRecordedAt: Number(last?.recorded_at ?? 0),
    greatestTime: greater(index.greatestTimeInRuns(), tail.greatestTime),
    accepted: ledger.acceptedInAll(),
    stored: index.publishedInRuns() + tail.published,
  });
  let recordedAt = known.state().lastRecordedAt;
  let isClosed = false;
  const guard = guardOf(file, () => isClosed);
  const rejections = openRejections(database);
  const commit = openGroupCommit({
    database,
    index,
    appends: openAppends(database, index, openReadPositions(database, openReadRange(database))),
    ledger,
    rejections,
    isPublished,
    recordedAt: () => {
      recordedAt = Math.max(recordedAt, now());
      return recordedAt;
    },
    onWritten({ group, head }) {
      const before = known.state();
      let { lastRecordedAt, greatestTime, accepted, stored } = before;
      for (const entry of group.ledger.values()) accepted += entry.accepted;
      for (const event of group.events) {
        if (!isPublished(event.stream)) continue;
        stored += 1;
        greatestTime = greater(greatestTime, event.time);
      }
      if (head !== before.head) lastRecordedAt = group.recordedAt;
      known.advance({ head, lastRecordedAt, greatestTime, accepted, stored });
    },
    errorFor: (error) => eventStoreErrorFor(error, file),
  });
  const backups = openBackups(database, { file, head: () => known.state().head, guard });
  const { beginBackup, readBackup, endBackup } = backups;
  const written = <Result>(wait: (resolve: (result: Result) => void, reject: (error: unknown) => void) => Waiting) =>
    new Promise<Result>((resolve, reject) => guard(() => commit.enqueue(wait(resolve, reject))));

  return {
    append: (events, options) =>
      written((resolve, reject) => ({ kind: 'append', append: hashed(events, options), resolve, reject })),
    state: known.state,
    grown: known.grown,
    positionsOf: async (stream, after, upTo) => guard(() => index.positionsOf(stream, after, upTo)),
    keepRejections: (rejected) =>
      written<readonly bigint[]>((resolve, reject) => ({ kind: 'keep', rejections: rejected, resolve, reject })),
    listRejections: async (listing) => guard(() => rejections.list(listing)),
    getRejections: async (ids) => guard(() => rejections.get(ids)),
    resolveRejections: (ids) => written<void>((resolve, reject) => ({ kind: 'resolve', ids, resolve, reject })),
    rejectionsSize: async () => guard(rejections.size),
    beginBackup,
    readBackup,
    endBackup,
    async close() {
      if (isClosed) return;
      commit.flush();
      isClosed = true;
      known.end();
      try {
        database.transaction(() => ledger.write(new Map(), recordedAt));
        // libsql closes its file only when the last statement is collected, so the WAL is brought home here.
        database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      } catch {
        // On a full disk the WAL stays as it is: all that was acknowledged is in it, and the next opening reads it.
      }
      database.close();
      backups.close();
    },
  };
}

/** What is known of a log, as it grows. */
export function knownState(atFirst: LogState) {
  let state = atFirst;
  let growing = signalOnce();
  const grow = () => {
    const { give } = growing;
    growing = signalOnce();
    give();
  };
  return {
    state: () => state,
    grown: () => growing.given,
    advance(next: LogState) {
      const hasGrown = next.head !== state.head;
      state = next;
      if (hasGrown) grow();
    },
    /** Nobody waits for a log that is closed. */
    end: grow,
  };
}

function signalOnce(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
