export { type CheckedBackup, checkBackup } from './check-backup.ts';
export { bodyAsStored, DAMAGED_REASON, damagedBody, isDamaged, type OnDamaged } from './damaged-event.ts';
export * from './event-limits.ts';
export { eventsOfPages } from './events-of-pages.ts';
export type { OnCut } from './eventstoredb-cuts.ts';
export * from './export-page.ts';
export {
  exportedLine,
  exportedPosition,
  textWithoutExported,
  withoutExported,
} from './exported-event.ts';
export { proofOf } from './history.ts';
export { type IdentitiesOnDisk, identitiesHeldTwice, openIdentitiesOnDisk } from './identities-on-disk.ts';
export * from './json-array.ts';
export { parseMessage, withoutMark } from './json-text.ts';
export { keptPayload, type Payload } from './kept-payload.ts';
export type { LogDifference } from './log-difference.ts';
export { type LogReader, openLogReader } from './log-reader.ts';
export { openEventStore } from './open-event-store.ts';
export { openPartsOnDisk, PARTS, PartsLost, type PartsOnDisk } from './parts-on-disk.ts';
export { LOG_PATIENCE_MS, patientReads } from './patient-reads.ts';
export * from './port.ts';
export { type Restored, type RestoreOptions, restoreLog } from './restore-log.ts';
export { availableSqliteDrivers, bestSqliteDriver, type SqliteDriver } from './sqlite-driver.ts';
export { type SqliteEventStoreOptions, sqliteEventStore } from './sqlite-event-store.ts';
export { type LogProgress, logProgressSchema, NOTHING_READ, verifyLog } from './verify-log.ts';
export { withTurns } from './with-turns.ts';
export { BACKUP_ELSEWHERE, type WriteBackupOptions, writeBackup } from './write-backup.ts';
