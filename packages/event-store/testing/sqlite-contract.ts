import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteDriver } from '../src/sqlite/driver.ts';
import { sqliteEventStore } from '../src/sqlite/sqlite-event-store.ts';
import { sqliteEventStoreOnThread } from '../src/sqlite/thread/log-on-thread.ts';
import { eventStoreContract } from './contract/index.ts';

/**
 * One way to run the SQLite store; `runEvents` is the number of events of one sorted run of its
 * index.
 */
export interface SqliteWay {
  readonly driver: SqliteDriver;
  readonly onThread: boolean;
  readonly runEvents: number | undefined;
}

/** Registers the contract's tests over a log opened this way. */
export function sqliteContract({ driver, onThread, runEvents }: SqliteWay): void {
  const where = onThread ? ' on a thread' : '';
  const openStore = onThread ? sqliteEventStoreOnThread : sqliteEventStore;
  eventStoreContract(`sqlite through ${driver.name}${where}${runEvents ? `, in runs of ${runEvents}` : ''}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
    let ahead = 0;
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

/**
 * Every way that this version of Node offers: each driver, on the caller's thread and on a worker,
 * with long runs and with short ones, which take every path of the index.
 */
export function sqliteWays(drivers: readonly SqliteDriver[]): SqliteWay[] {
  return drivers.flatMap((driver) =>
    [false, true].flatMap((onThread) => [undefined, 40].map((runEvents) => ({ driver, onThread, runEvents }))),
  );
}
