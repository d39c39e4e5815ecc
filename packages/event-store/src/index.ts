export { isDamaged, type OnDamaged } from './damaged-event.ts';
export * from './event-limits.ts';
export { eventsOfPages } from './events-of-pages.ts';
export type { OnCut } from './eventstoredb/cuts.ts';
export * from './export/export-page.ts';
export {
  exportedPosition,
  textWithoutExported,
  withoutExported,
} from './export/exported-event.ts';
export { proofOf } from './history.ts';
export { type LogReader, openLogReader } from './log-reader.ts';
export { openEventStore } from './open-event-store.ts';
export { LOG_PATIENCE_MS, patientReads } from './patient-reads.ts';
export * from './payload/json-array.ts';
export { parseMessage, withoutMark } from './payload/json-text.ts';
export { keptPayload, type Payload } from './payload/kept-payload.ts';
export * from './port.ts';
export { PUBLISHED_PREFIX } from './published-streams.ts';
export type { CheckedBackup } from './sqlite/backup/check-backup.ts';
export { type Restored, type RestoreOptions, restoreLog } from './sqlite/backup/restore-log.ts';
export { BACKUP_ELSEWHERE, type WriteBackupOptions, writeBackup } from './sqlite/backup/write-backup.ts';
export { availableSqliteDrivers, bestSqliteDriver, type SqliteDriver } from './sqlite/driver.ts';
export { type SqliteEventStoreOptions, sqliteEventStore } from './sqlite/sqlite-event-store.ts';
export { type IdentitiesOnDisk, identitiesHeldTwice, openIdentitiesOnDisk } from './verify/identities-on-disk.ts';
export type { LogDifference } from './verify/log-difference.ts';
export { openPartsOnDisk, PARTS, PartsLost, type PartsOnDisk } from './verify/parts-on-disk.ts';
export { type LogProgress, logProgressSchema, NOTHING_READ, verifyLog } from './verify/verify-log.ts';
export { withTurns } from './with-turns.ts';
