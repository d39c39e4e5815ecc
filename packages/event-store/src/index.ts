export { arrayElements, endOfString } from './array-elements.ts';
export { type CheckedBackup, checkBackup } from './check-backup.ts';
export { openEventStore } from './open-event-store.ts';
export * from './port.ts';
export { type Restored, type RestoreOptions, restoreLog } from './restore-log.ts';
export { availableSqliteDrivers, bestSqliteDriver, type SqliteDriver } from './sqlite-driver.ts';
export { type SqliteEventStoreOptions, sqliteEventStore } from './sqlite-event-store.ts';
export { withTurns } from './with-turns.ts';
export { type WriteBackupOptions, writeBackup } from './write-backup.ts';
