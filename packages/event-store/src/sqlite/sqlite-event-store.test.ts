import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { eventStoreContract } from '../../testing/contract/index.ts';
import { availableSqliteDrivers } from './driver.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';
import { sqliteEventStoreOnThread } from './thread/log-on-thread.ts';

const drivers = availableSqliteDrivers();
for (const driver of drivers) {
  for (const [where, openStore] of [
    ['', sqliteEventStore],
    [' on a thread', sqliteEventStoreOnThread],
  ] as const) {
    // The second time with runs of a few events, so that every path of the identity index is taken.
    for (const runEvents of [undefined, 40]) {
      eventStoreContract(`sqlite through ${driver.name}${where}${runEvents ? `, in runs of ${runEvents}` : ''}`, () => {
        const folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
        let ahead = 0;
        const onThread = openStore === sqliteEventStoreOnThread;
        return {
          open: () => openStore({ file: join(folder, 'log.sqlite'), driver, runEvents, now: () => Date.now() + ahead }),
          ...(!onThread && {
            stepBy: (ms: number) => {
              ahead += ms;
            },
          }),
          backup: async () => {
            cpSync(join(folder, 'log.sqlite'), join(folder, 'backup.sqlite'));
            return async () => cpSync(join(folder, 'backup.sqlite'), join(folder, 'log.sqlite'));
          },
          destroy: async () => rmSync(folder, { recursive: true }),
        };
      });
    }
  }
}

for (const name of ['node:sqlite', 'libsql']) {
  if (drivers.some((driver) => driver.name === name)) continue;
  describe(`sqlite through ${name}`, () => {
    test.skip(`keeps the contract (skipped: ${name} does not load in Node ${process.version})`, () => {});
  });
}
