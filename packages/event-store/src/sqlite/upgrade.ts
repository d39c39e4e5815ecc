import { bytesOf, type SqliteDatabase } from './driver.ts';
import { DamagedLog } from './failure.ts';
import { openSortedRunParts } from './identity-index/sorted-run-parts.ts';

/** Blocks of each run in the first schema, by the first eight bits of the stream's hash. */
const FIRST_BITS = 8;

/**
 * Upgrade from the first schema, in which runs were never merged and each had one filter, to runs
 * with one filter per part; call it within a transaction. Takes some two seconds and 350 MB for ten
 * million events, merges begin with the next append; throws {@link DamagedLog}.
 */
export function upgradeFirstSchema(database: SqliteDatabase, runsSchema: string): void {
  database.exec('ALTER TABLE runs RENAME TO first_runs');
  database.exec('ALTER TABLE run_blocks RENAME TO first_run_blocks');
  database.exec(runsSchema);
  database.exec(
    `INSERT INTO runs (run, bits, first_position, last_position, published, greatest_time)
     SELECT run, ${FIRST_BITS}, first_position, last_position, published, greatest_time FROM first_runs`,
  );
  const parts = openSortedRunParts(database);
  const select = database.prepare('SELECT entries FROM first_run_blocks WHERE block = ?');
  for (const row of database.prepare('SELECT run FROM runs ORDER BY run').all()) {
    const run = Number(row.run);
    for (let part = 0; part < 2 ** FIRST_BITS; part++) {
      const block = select.get(run * 2 ** FIRST_BITS + part);
      if (block === undefined) throw new DamagedLog(`block ${part} of run ${run} is missing`);
      parts.write(run, part, bytesOf(block.entries));
    }
  }
  database.exec('DROP TABLE first_runs');
  database.exec('DROP TABLE first_run_blocks');
}

/**
 * Upgrade from a schema without checksums. The existing events stay unchecked, and none is
 * rewritten.
 */
export function addChecksums(database: SqliteDatabase): void {
  database.exec('ALTER TABLE events ADD COLUMN checksum INTEGER');
  database.exec('CREATE TABLE unchecked (up_to INTEGER NOT NULL)');
  database.exec('INSERT INTO unchecked SELECT coalesce(max(position), 0) FROM events');
}

/**
 * Upgrade from a schema whose other tables have no checksums. Existing rows stay without one; the
 * first schema's runs were made anew, with the column.
 */
export function addChecksumsOfRows(database: SqliteDatabase, version: number): void {
  const tables = ['ledger', 'rejections', ...(version < 2 ? [] : ['runs'])];
  for (const table of tables) database.exec(`ALTER TABLE ${table} ADD COLUMN checksum INTEGER`);
}
