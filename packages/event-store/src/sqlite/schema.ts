import { EventStoreError } from '../port.ts';
import type { SqliteDatabase, SqliteValue } from './driver.ts';
import { corrupt } from './failure.ts';
import { prepareIdentity } from './log-identity.ts';
import { addChecksums, addChecksumsOfRows, upgradeFirstSchema } from './upgrade.ts';

/** "Tchs" in ASCII; distinguishes a store from any other SQLite file. */
const APPLICATION_ID = 0x54636873;
const SCHEMA_VERSION = 5;

/**
 * `merged`: `NULL` for a complete run. For the output of a merge under way, the number of parts
 * copied so far from each run within its positions.
 */
const RUNS_SCHEMA = `
  CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    bits INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    published INTEGER NOT NULL,
    greatest_time INTEGER,
    merged INTEGER,
    checksum INTEGER
  );
  CREATE TABLE run_parts (part INTEGER PRIMARY KEY, entries INTEGER NOT NULL, filter BLOB NOT NULL);
  CREATE TABLE run_blocks (block INTEGER PRIMARY KEY, entries BLOB NOT NULL);
`;

/**
 * `events` has no index but its position, so that an append writes the end of one table, whoever
 * the customers are; the identities and streams that the log holds are indexed in `recent_keys`
 * (the newest events) and in `runs` with `run_parts` and `run_blocks` (all before), see
 * `identity-index.ts`. `long_bodies` lists the few events that make a page large, `checksum` is
 * that of `checksumOf` (events up to `unchecked.up_to` have none), keys and filters carry their own
 * since schema 4 (`sealed-keys.ts`), which changed no table, and runs, the ledger and rejections
 * have theirs since schema 5 (`row-checksum.ts`); it is `NULL` in older rows.
 */
const schema = `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    time INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    body TEXT NOT NULL,
    checksum INTEGER
  );
  CREATE TABLE unchecked (up_to INTEGER NOT NULL);
  INSERT INTO unchecked VALUES (0);
  CREATE TABLE long_bodies (position INTEGER PRIMARY KEY, length INTEGER NOT NULL);
  CREATE TABLE recent_keys (first_position INTEGER PRIMARY KEY, keys BLOB NOT NULL);
  ${RUNS_SCHEMA}
  CREATE TABLE ledger (
    minute INTEGER NOT NULL,
    source TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    checksum INTEGER,
    PRIMARY KEY (minute, source)
  ) WITHOUT ROWID;
  CREATE TABLE rejections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rejected_at INTEGER NOT NULL,
    resolved_at INTEGER,
    rejection TEXT NOT NULL,
    checksum INTEGER
  );
  CREATE INDEX rejections_open ON rejections (id) WHERE resolved_at IS NULL;
`;

/**
 * Pages of WAL (about 16 MB) at which the writer checkpoints. Appends wait meanwhile: 80 MB took
 * some 300 ms.
 */
export const CHECKPOINT_PAGES = 1000;

/**
 * Whether an opened file is empty, and its schema version. Throws `corrupt` for the database of
 * another program, `refused` for a newer schema.
 */
export function refuseForeign(database: SqliteDatabase, file: string): { isEmpty: boolean; version: number } {
  const pragma = (name: string): SqliteValue | undefined =>
    Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {}).find((value) => typeof value !== 'object');
  const applicationId = pragma('application_id');
  const version = Number(pragma('user_version'));
  const isEmpty = database.prepare('SELECT count(*) AS entries FROM sqlite_master').get()?.entries === 0;
  if (!isEmpty && applicationId !== APPLICATION_ID) throw corrupt(file, 'it is the database of another program');
  if (!isEmpty && version > SCHEMA_VERSION) {
    throw new EventStoreError(
      'refused',
      `The event store ${file} was written by a newer version of this program (schema ${version}; this one knows ${SCHEMA_VERSION}). ` +
        'Run the newer version, or restore a backup from before it.',
    );
  }
  return { isEmpty, version };
}

/**
 * Check that a file has this version's schema; for programs that only read.
 * @throws EventStoreError `refused` for any other schema.
 */
export function refuseOtherSchema(database: SqliteDatabase, file: string): void {
  const { isEmpty, version } = refuseForeign(database, file);
  if (!isEmpty && version === SCHEMA_VERSION) return;
  const found = isEmpty
    ? 'is empty'
    : `is of an earlier version (schema ${version}; this program reads ${SCHEMA_VERSION})`;
  throw new EventStoreError(
    'refused',
    `The event store ${file} ${found}. Start the system once, which makes it ready.`,
  );
}

/**
 * Prepare an opened file: the settings of the connection, and the tables where the file is new or
 * of an earlier schema. Throws `corrupt`.
 */
export function prepareSchema(database: SqliteDatabase, file: string): void {
  const { isEmpty, version } = refuseForeign(database, file);
  // Large pages cost little where appends go to the ends of tables: 16 KiB pages are written 1.5
  // times as fast as 4 KiB ones.
  if (isEmpty) database.exec('PRAGMA page_size=16384');
  database.prepare('PRAGMA journal_mode=WAL').get();
  // FULL: a commit is on the disk before any caller is answered.
  database.exec('PRAGMA synchronous=FULL');
  database.prepare(`PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}`).get();
  database.prepare('PRAGMA cache_size=-65536').get();
  database.prepare(`PRAGMA journal_size_limit=${256 << 20}`).get();
  if (isEmpty || version !== SCHEMA_VERSION) {
    database.transaction(() => {
      if (isEmpty) database.exec(schema);
      if (!isEmpty && version < 2) upgradeFirstSchema(database, RUNS_SCHEMA);
      if (!isEmpty && version < 3) addChecksums(database);
      if (!isEmpty && version < 5) addChecksumsOfRows(database, version);
      database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}`);
    });
  }
  prepareIdentity(database);
}

/**
 * Prepare a second connection, which reads what the first has committed and never writes or
 * checkpoints.
 */
export function prepareReader(database: SqliteDatabase): void {
  database.prepare('PRAGMA query_only=1').get();
  database.prepare('PRAGMA wal_autocheckpoint=0').get();
  database.prepare('PRAGMA cache_size=-16384').get();
}
