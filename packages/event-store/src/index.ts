export { openEventStore } from './open-event-store.ts';
export * from './port.ts';
export { availableSqliteDrivers, bestSqliteDriver, type SqliteDriver } from './sqlite-driver.ts';
export { type SqliteEventStoreOptions, sqliteEventStore } from './sqlite-event-store.ts';
export { withTurns } from './with-turns.ts';
