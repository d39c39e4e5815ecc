import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import type { EventStore } from '../port.ts';
import { availableSqliteDrivers, type SqliteDatabase, type SqliteDriver } from './driver.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

for (const driver of availableSqliteDrivers()) {
  describe(`through ${driver.name},`, () => {
    const open = (path = file) => sqliteEventStore({ file: path, driver });
    const change = (sql: string) => {
      const database = driver.open(file);
      database.exec(sql);
      database.close();
    };
    /** A store whose file may not grow beyond some pages of 16 KiB. */
    const limited = async () => {
      const opened: SqliteDatabase[] = [];
      const recording: SqliteDriver = {
        name: driver.name,
        open: (path) => {
          opened.push(driver.open(path));
          return opened.at(-1)!;
        },
      };
      const store = await sqliteEventStore({ file, driver: recording });
      const allowPages = (pages: number) => void opened.at(-1)!.prepare(`PRAGMA max_page_count=${pages}`).get();
      return { store, allowPages };
    };
    const isCorrupt = { name: 'EventStoreError', code: 'corrupt', message: expect.stringContaining('backup') };

    test('a file that is no database is refused and left as it was', async () => {
      const text = 'These are notes, not events. '.repeat(1000);
      writeFileSync(file, text);
      await expect(open()).rejects.toMatchObject(isCorrupt);
      expect(readFileSync(file, 'utf8')).toBe(text);
    });

    test('the database of another program is refused and left as it was', async () => {
      change('CREATE TABLE notes (text TEXT)');
      await expect(open()).rejects.toMatchObject(isCorrupt);
      change('INSERT INTO notes VALUES (1)');
    });

    test('a store that was cut short is refused, or says so when the missing part is read', async () => {
      await fill(await open(), 2000);
      truncateSync(file, 16384 * 10);
      await expect(readThrough(open)).rejects.toMatchObject(isCorrupt);
    });

    test('a store with an overwritten page says so when it comes to it', async () => {
      await fill(await open(), 2000);
      const bytes = readFileSync(file);
      bytes.fill(0xa5, 16384 * 5, 16384 * 60);
      writeFileSync(file, bytes);
      await expect(readThrough(open)).rejects.toMatchObject(isCorrupt);
    });

    test('a store whose events or keys are missing is refused', async () => {
      await fill(await open(), 100);
      change('DELETE FROM recent_keys WHERE first_position = 21');
      await expect(open()).rejects.toMatchObject(isCorrupt);
      rmSync(file);
      await fill(await open(), 100);
      change('DELETE FROM events WHERE position = 100');
      await expect(open()).rejects.toMatchObject(isCorrupt);
      rmSync(file);
      await fill(await open(), 100);
      change('DELETE FROM events WHERE position = 50');
      await expect(readThrough(open)).rejects.toMatchObject(isCorrupt);
    });

    test('a store with runs of which something is missing is refused, or says so when the missing part is read', async () => {
      const openRuns = () => sqliteEventStore({ file, driver, runEvents: 30 });
      const stored = { runs: 'run', run_parts: 'part / 1048576', run_blocks: 'block / 68719476736' };
      for (const [table, run] of Object.entries(stored)) {
        for (const which of ['min', 'max']) {
          // Damages rows of complete runs or of a merge under way; a run not yet complete would be
          // made again.
          await fill(await openRuns(), 240);
          change(`DELETE FROM ${table} WHERE rowid =
            (SELECT ${which}(rowid) FROM ${table} WHERE ${run} IN (SELECT run FROM runs WHERE merged IS NULL OR merged > 0))`);
          await expect(readStream(openRuns), `${which} of ${table}`).rejects.toMatchObject(isCorrupt);
          rmSync(file);
        }
      }
    });

    test('a store of which one byte of the keys is another is refused, or says so when they are read: no customer is without an event for it', async () => {
      const openRuns = () => sqliteEventStore({ file, driver, runEvents: 30 });
      for (const [table, keys] of [
        ['recent_keys', 'keys'],
        ['run_parts', 'filter'],
        ['run_blocks', 'entries'],
      ] as const) {
        await fill(await openRuns(), 240);
        change(`UPDATE ${table} SET ${keys} = CAST(x'a5' || substr(${keys}, 2) AS BLOB)`);
        await expect(readStream(openRuns), table).rejects.toMatchObject(isCorrupt);
        rmSync(file);
      }
    });

    test.each([
      'UPDATE runs SET published = published + 1',
      'UPDATE runs SET greatest_time = greatest_time + 86400000',
      'UPDATE runs SET greatest_time = NULL',
      'UPDATE runs SET bits = bits - 1 WHERE merged IS NULL',
      'UPDATE runs SET merged = merged + 1 WHERE merged IS NOT NULL',
      `UPDATE runs SET published = CAST(x'ff' AS TEXT)`,
      'UPDATE run_parts SET entries = entries - 1 WHERE entries > 0',
      'UPDATE ledger SET accepted = accepted + 256',
      `UPDATE ledger SET accepted = CAST(x'ff' AS TEXT)`,
    ])('a store is refused where a number beside its events is another: %s', async (sql) => {
      const openRuns = () => sqliteEventStore({ file, driver, runEvents: 30 });
      await fill(await openRuns(), 240);
      change(sql);
      await expect(readStream(openRuns)).rejects.toMatchObject(isCorrupt);
    });

    test.each(['duplicates', 'conflicts', 'rejected'])(
      'where the number of %s of a minute is another, that minute is not answered, and the others are',
      async (column) => {
        const odd = [event({ id: 'odd', source: 'half \ud800 of a pair, and a NUL \u0000' })];
        const days = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)] as const;
        let now: number = days[0];
        const store = await sqliteEventStore({ file, driver, now: () => now });
        await store.append([...odd, event({ id: 'e-1' })]);
        await store.append([...odd, event({ id: 'e-2' })]);
        now = days[1];
        await store.append([...odd, event({ id: 'e-3' })]);
        await store.close();
        change(`UPDATE ledger SET ${column} = ${column} + 1 WHERE minute = ${days[0]}`);
        const again = await open();
        const countDay = (from: number) => again.countMinutes({ from, to: from + 86_400_000 });
        await expect(countDay(days[0])).rejects.toMatchObject({
          ...isCorrupt,
          message: expect.stringContaining('the counts of the minute of 2026-01-01T00:00:00.000Z'),
        });
        expect((await countDay(days[1])).counts).toMatchObject([{ accepted: 1 }, { accepted: 0, duplicates: 1 }]);
        await again.close();
      },
    );

    test('a customer of whom an event is missing is not answered without it', async () => {
      await fill(await open(), 100);
      change('DELETE FROM events WHERE position = 50');
      await expect(readStream(open)).rejects.toMatchObject(isCorrupt);
    });

    test('a store of a newer version is refused', async () => {
      await fill(await open(), 10);
      change('PRAGMA user_version=99');
      await expect(open()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('schema 99') });
    });

    test('a missing folder is named', async () => {
      await expect(open(join(folder, 'none', 'log.sqlite'))).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('none/log.sqlite'),
      });
    });

    test('when there is no more room an append fails whole, and the store goes on once there is', async () => {
      const { store, allowPages } = await limited();
      allowPages(40);
      const accepted = await fillUp(store);
      allowPages(100_000);
      await goesOn(store, accepted, open);
    });

    test('an append that fails does not fail those that were begun with it', async () => {
      const { store, allowPages } = await limited();
      allowPages(40);
      const [small, huge, other, senseless] = await Promise.allSettled([
        store.append([event({ id: 'small' })]),
        store.append([event({ id: 'huge', data: { comment: 'x'.repeat(2_000_000) } }), event({ id: 'beside' })]),
        store.append([event({ id: 'beside' }), event({ id: 'small' })]),
        store.append([{ ...event({ id: 'senseless' }), body: undefined as unknown as string }]),
      ]);
      expect(small).toMatchObject({ value: { outcomes: ['accepted'] } });
      expect(huge).toMatchObject({ reason: { code: 'full' } });
      expect(other).toMatchObject({ value: { outcomes: ['accepted', 'duplicate'] } });
      expect(senseless).toMatchObject({ reason: { name: 'TypeError' } });
      expect(await store.counts()).toEqual({ accepted: 2, stored: 2 });
      await store.close();
    });

    test('on a full disk an append fails whole, and the store goes on once there is room', async (context) => {
      const disk = mountTmpfs('3m');
      if (disk === undefined) return context.skip('mounting a small disk needs root');
      try {
        writeFileSync(join(disk, 'ballast'), Buffer.alloc(1_000_000));
        const inDisk = join(disk, 'log.sqlite');
        const store = await open(inDisk);
        const accepted = await fillUp(store);
        rmSync(join(disk, 'ballast'));
        await goesOn(store, accepted, () => open(inDisk));
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    });

    test('in a folder that may not be written to it is refused', async (context) => {
      const disk = mountTmpfs('1m', 'ro');
      if (disk === undefined) return context.skip('mounting a read-only disk needs root');
      try {
        await expect(open(join(disk, 'log.sqlite'))).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringContaining('may this user write'),
        });
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    });
  });
}

async function fill(store: EventStore, count: number): Promise<void> {
  for (let at = 0; at < count; at += 20) {
    await store.append(
      Array.from({ length: 20 }, (_, n) => event({ id: `e-${at + n}`, data: { comment: 'x'.repeat(500) } })),
    );
  }
  await store.close();
}

async function readThrough(open: () => Promise<EventStore>): Promise<void> {
  const store = await open();
  try {
    for await (const page of store.readAll())
      for (const { id } of page) if (id === '') throw new Error('an event without id');
  } finally {
    await store.close();
  }
}

async function readStream(open: () => Promise<EventStore>): Promise<void> {
  const store = await open();
  try {
    await store.readStream('customer-1');
  } finally {
    await store.close();
  }
}

/** Appends until the disk is full; each append holds one small event and one large one. */
async function fillUp(store: EventStore): Promise<number> {
  for (let turn = 0; ; turn++) {
    const pair = [
      event({ id: `small-${turn}` }),
      event({ id: `large-${turn}`, data: { comment: 'x'.repeat(50_000) } }),
    ];
    try {
      await store.append(pair);
    } catch (error) {
      expect(error).toMatchObject({ name: 'EventStoreError', code: 'full' });
      await expect(store.append(pair)).rejects.toMatchObject({ code: 'full' });
      expect(await store.head()).toBe(BigInt(turn * 2));
      expect(await store.counts()).toEqual({ accepted: turn * 2, stored: turn * 2 });
      expect((await store.readStream('customer-1')).length).toBe(turn * 2);
      return turn;
    }
  }
}

async function goesOn(store: EventStore, turns: number, open: () => Promise<EventStore>): Promise<void> {
  const { outcomes } = await store.append([event({ id: `small-${turns}` }), event({ id: 'small-0' })]);
  expect(outcomes).toEqual(['accepted', 'duplicate']);
  await store.close();
  const again = await open();
  expect(await again.counts()).toEqual({ accepted: turns * 2 + 1, stored: turns * 2 + 1 });
  expect(await again.readStream('customer-1')).toHaveLength(turns * 2 + 1);
  await again.close();
}

function mountTmpfs(size: string, ...options: string[]): string | undefined {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', [`size=${size}`, ...options].join(','), 'tmpfs', disk], {
      stdio: 'ignore',
    });
    return disk;
  } catch {
    return undefined;
  }
}
