import { randomUUID } from 'node:crypto';
import { isProven, readProof } from '../history.ts';
import type { EventStore } from '../port.ts';
import { bytesOf, type SqliteDatabase } from './driver.ts';
import { DamagedLog, type Guard } from './failure.ts';
import { eventOfColumns, ROW_COLUMNS } from './reading/read-range.ts';
import type { EventOfRow } from './stored-event.ts';

/**
 * Stores the log's name in a table of its own, so that no position changes and a copy of the file
 * carries it. The caller must hold the file's lock.
 */
export function prepareIdentity(database: SqliteDatabase): void {
  if (database.prepare(`SELECT 1 AS found FROM sqlite_master WHERE name = 'log_identity'`).get() !== undefined) return;
  database.transaction(() => {
    database.exec('CREATE TABLE log_identity (id TEXT NOT NULL)');
    database.prepare('INSERT INTO log_identity (id) VALUES (?)').run(randomUUID());
  });
}

export function openIdentity(
  database: SqliteDatabase,
  guard: Guard,
  eventOf: EventOfRow,
): Pick<EventStore, 'identity' | 'holds'> {
  const selectIdentity = database.prepareTuples('SELECT CAST(id AS BLOB) FROM log_identity');
  const select = database.prepareTuples(`SELECT ${ROW_COLUMNS} FROM events WHERE position = ?`);
  return {
    identity: async () =>
      guard(() => {
        const [row] = selectIdentity.all();
        if (row === undefined) throw new DamagedLog('it does not say which log it is');
        return bytesOf(row[0]).toString('utf8');
      }),
    holds: async (proof) =>
      guard(() => {
        const position = readProof(proof)?.position;
        if (position === undefined || position > BigInt(Number.MAX_SAFE_INTEGER)) return false;
        const [row] = select.all(Number(position));
        return row !== undefined && isProven(eventOfColumns(eventOf, row), proof);
      }),
  };
}
