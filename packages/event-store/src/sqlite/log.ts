import { isDamaged } from '../damaged-event.ts';
import type { EventStore, RejectionsSize, StoredEvent } from '../port.ts';
import { IS_PUBLISHED_SQL, PUBLISHED_PREFIX } from '../published-streams.ts';
import { openLedger } from './acceptance-counts.ts';
import { hashed, openAppends } from './append.ts';
import { type BackupSteps, openBackups } from './backup/copy-file.ts';
import type { SqliteDatabase } from './driver.ts';
import { DamagedLog, eventStoreErrorFor, guardOf } from './failure.ts';
import { openGroupCommit, type Waiting } from './group-commit.ts';
import type { CountPublished } from './identity-index/flush.ts';
import { openIdentityIndex } from './identity-index/identity-index.ts';
import { greater } from './identity-index/sorted-runs.ts';
import { openReadPositions, type ReadPositions } from './reading/read-positions.ts';
import { openReadRange } from './reading/read-range.ts';
import { openRejections } from './rejections.ts';
import { assertNotSealed } from './seal-file.ts';
import { eventOfRow } from './stored-event.ts';

/** Facts about the log that are known without reading its file. */
export interface LogState {
  /** Position of the last event; 0 in an empty log. */
  readonly head: number;
  /** When the last event was recorded, ms since 1970; 0 in an empty log. */
  readonly lastRecordedAt: number;
  /** Greatest time of a published event, as defined by the port. */
  readonly greatestTime: number | null;
  readonly accepted: number;
  readonly stored: number;
}

type Methods = 'append' | 'keepRejections' | 'resolveRejections' | 'close';

/**
 * The part of the store that writes the file and keeps state in memory. The opener must hold the
 * file's lock.
 */
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
  /** The log is being filled with a copy, which ignores seals. */
  readonly mayFill?: boolean | undefined;
}

/**
 * Opens the log over a database made ready by `prepareSchema`, and closes that. Throws
 * {@link DamagedLog}.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export function openSqliteLog(
  database: SqliteDatabase,
  { file, now, runEvents, mayFill = false }: SqliteLogOptions,
): SqliteLog {
  const readPositions = wholeReader(database);
  const countNamed = openCountPublished(database, readPositions);
  /** Positions of published events whose stream's name is damaged, which SQL does not count. */
  let misnamed: readonly number[] = [];
  const countPublished: CountPublished = (first, last) => {
    const { published, greatestTime } = countNamed(first, last);
    return { published: published + misnamed.filter((at) => at >= first && at <= last).length, greatestTime };
  };
  const isPublished = (stream: string) => stream.startsWith(PUBLISHED_PREFIX);

  const index = openIdentityIndex(database, countPublished, runEvents);
  const end = Number(database.prepare('SELECT max(position) AS position FROM events').get()?.position ?? 0);
  if (end !== index.nextPosition() - 1) {
    throw new DamagedLog(`the log ends at ${end}, its index at ${index.nextPosition() - 1}`);
  }
  // `stored` is counted from the events (when each run was made, here for the events after the
  // runs, then at each write), `accepted` from the acceptance counts. They agree because one
  // transaction writes both, and would differ if one were ever lost.
  const ledger = openLedger(database);
  const first = index.lastPositionInRuns() + 1;
  if (index.publishedInRuns() + countNamed(first, end).published !== ledger.acceptedInAll()) {
    misnamed = findMisnamed(database, readPositions, first, end);
  }
  const tail = countPublished(first, end);
  const stored = index.publishedInRuns() + tail.published;
  if (stored !== ledger.acceptedInAll()) ledger.assertWhole();
  const known = knownState({
    head: end,
    lastRecordedAt: lastRecordedAt(readPositions, end),
    greatestTime: greater(index.greatestTimeInRuns(), tail.greatestTime),
    accepted: ledger.acceptedInAll(),
    stored,
  });
  let recordedAt = known.state().lastRecordedAt;
  let isClosed = false;
  const guard = guardOf(file, () => isClosed);
  const rejections = openRejections(database);
  const commit = openGroupCommit({
    database,
    index,
    appends: openAppends(database, index, readPositions),
    ledger,
    rejections,
    isPublished,
    assertOpen: () => {
      if (!mayFill) assertNotSealed(file);
    },
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
        // libsql closes its file only when its last statement is garbage-collected, so the WAL is
        // checkpointed here.
        database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      } catch {
        // On a full disk the WAL stays: it holds everything acknowledged, and the next opening
        // reads it.
      }
      database.close();
      backups.close();
    },
  };
}

function wholeReader(database: SqliteDatabase): ReadPositions {
  const eventOf = eventOfRow(database);
  return openReadPositions(database, openReadRange(database, eventOf), eventOf);
}

const eventAt = (readPositions: ReadPositions, position: number): StoredEvent | undefined =>
  [...readPositions([position])][0]?.[0];

/** When the last sound event was recorded, ms since 1970; 0 if there is none. */
function lastRecordedAt(readPositions: ReadPositions, end: number): number {
  for (let position = end; position > 0; position--) {
    const event = eventAt(readPositions, position);
    if (event !== undefined && !isDamaged(event)) return event.recordedAt;
  }
  return 0;
}

/**
 * Counts published events and their greatest time. The event with that time is read and skipped if
 * damaged, since its time says nothing.
 */
function openCountPublished(database: SqliteDatabase, readPositions: ReadPositions): CountPublished {
  const greatestOf = (time: string) =>
    `max(CASE WHEN time < ${time} THEN time END) AS greatest FROM events WHERE position BETWEEN ? AND ? AND ${IS_PUBLISHED_SQL}`;
  const selectPublished = database.prepare(
    `SELECT count(*) AS published, position, ${greatestOf(String(Number.MAX_SAFE_INTEGER))}`,
  );
  const selectGreatest = database.prepare(`SELECT position, ${greatestOf('?3')}`.replace('? AND ?', '?1 AND ?2'));
  return (first, last) => {
    let row = selectPublished.get(first, last);
    const published = Number(row?.published);
    for (;;) {
      const greatestTime = (row?.greatest ?? null) as number | null;
      const event = greatestTime === null ? undefined : eventAt(readPositions, Number(row?.position));
      if (event === undefined || !isDamaged(event)) return { published, greatestTime };
      row = selectGreatest.get(first, last, greatestTime);
    }
  };
}

/** Positions of damaged events that SQL does not count as published, but that prove to be. */
function findMisnamed(
  database: SqliteDatabase,
  readPositions: ReadPositions,
  first: number,
  last: number,
): readonly number[] {
  const others = database
    .prepareTuples(`SELECT position FROM events WHERE position BETWEEN ? AND ? AND ${IS_PUBLISHED_SQL} IS NOT TRUE`)
    .all(first, last)
    .map(([position]) => Number(position));
  const found: number[] = [];
  for (const page of readPositions(others)) {
    for (const event of page) {
      if (isDamaged(event) && event.stream.startsWith(PUBLISHED_PREFIX)) found.push(Number(event.position));
    }
  }
  return found;
}

/** Keeps the state of a log as it grows. */
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
    /** Wakes everybody who waits, because a closed log never grows. */
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
