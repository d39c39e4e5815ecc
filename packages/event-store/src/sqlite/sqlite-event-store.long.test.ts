import { describe, test } from 'vitest';
import { sqliteContract, sqliteWays } from '../../testing/sqlite-contract.ts';
import { availableSqliteDrivers } from './driver.ts';

const drivers = availableSqliteDrivers();
// The last way runs in sqlite-event-store.test.ts.
for (const way of sqliteWays(drivers).slice(0, -1)) sqliteContract(way);

for (const name of ['node:sqlite', 'libsql']) {
  if (drivers.some((driver) => driver.name === name)) continue;
  describe(`sqlite through ${name}`, () => {
    test.skip(`keeps the contract (skipped: ${name} does not load in Node ${process.version})`, () => {});
  });
}
