import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { event } from '../../../testing/contract/event.ts';
import type { EventStore } from '../../port.ts';
import { availableSqliteDrivers } from '../driver.ts';
import { CHECKPOINT_PAGES } from '../schema.ts';
import { sqliteEventStore } from '../sqlite-event-store.ts';
import { sqliteEventStoreOnThread } from '../thread/log-on-thread.ts';
import { checkBackup } from './check-backup.ts';
import { openBackups } from './copy-file.ts';
import { restoreLog } from './restore-log.ts';

const PAGE_BYTES = 16_384;

let folder: string;
let file: string;
let copy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-backup-'));
  file = join(folder, 'events.db');
  copy = join(folder, 'copy.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Events large enough that a copy of thousands takes several steps. */
const some = (from: number, to: number, size = 2_500) =>
  Array.from({ length: to - from }, (_, n) =>
    event({ id: `e-${from + n}`, stream: `customer-${(from + n) % 7}`, data: { note: 'x'.repeat(size) } }),
  );

async function idsOf(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of store.readAll()) for (const { id } of page) ids.push(id);
  return ids;
}

async function opened(path: string, driver = availableSqliteDrivers()[0]): Promise<EventStore> {
  const store = await sqliteEventStore({ file: path, driver });
  onTestFinished(() => store.close());
  return store;
}

const restoring = (backup: string, replace = false) =>
  restoreLog({ backup, file, derived: [join(folder, 'clickhouse')], replace, suffix: 'before' });

for (const driver of availableSqliteDrivers()) {
  describe(`through ${driver.name},`, () => {
    test.each([
      ['on the thread of the caller', sqliteEventStore],
      ['on a thread of its own', sqliteEventStoreOnThread],
    ])('a log that is written %s is copied as it was when the backup began, while appends go on', async (_, open) => {
      const store = await open({ file, driver });
      await store.append(some(0, 2_000));
      const { bytes, position, pieces } = await store.backup!();
      expect(position).toBe(2_000n);
      const taken: Uint8Array[] = [];
      for await (const piece of pieces) {
        taken.push(piece);
        await store.append(some(taken.length * 10_000, taken.length * 10_000 + 700, 25_000));
      }
      expect(await store.head()).toBe(2_000n + BigInt(taken.length) * 700n);
      // The WAL is larger than it ever stays while no backup runs.
      expect(statSync(`${file}-wal`).size).toBeGreaterThan(CHECKPOINT_PAGES * PAGE_BYTES);
      await store.close();

      const whole = Buffer.concat(taken);
      expect(whole.length).toBe(bytes);
      await writeFile(copy, whole);
      expect(checkBackup(copy, driver)).toEqual({ position: 2_000n });
      const restored = await opened(copy, driver);
      expect(await idsOf(restored)).toEqual(some(0, 2_000).map(({ id }) => id));
      expect(await restored.counts()).toEqual({ accepted: 2_000, stored: 2_000 });
      expect((await restored.append(some(1_999, 2_001))).outcomes).toEqual(['duplicate', 'accepted']);
    });
  });
}

async function copied(store: EventStore): Promise<void> {
  const { pieces } = await store.backup!();
  await writeFile(copy, pieces);
}

describe('a backup', () => {
  test('is one at a time, and one that is abandoned frees the place', async () => {
    const store = await opened(file);
    await store.append(some(0, 2_000));
    const first = await store.backup!();
    await expect(store.backup!()).rejects.toMatchObject({ code: 'refused', message: /under way/ });
    for await (const _ of first.pieces) break;
    await copied(store);
    expect(checkBackup(copy)).toEqual({ position: 2_000n });
  });

  test('that is read so slowly that the WAL outgrows the log is given up, and the WAL comes home again', async () => {
    const database = availableSqliteDrivers()[0]!.open(file);
    onTestFinished(() => database.close());
    database.exec('PRAGMA journal_mode=WAL; CREATE TABLE notes (text TEXT)');
    const backups = openBackups(database, { file, head: () => 0, guard: (work) => work(), walBytesMax: 100_000 });
    const write = () => database.exec(`INSERT INTO notes VALUES ('${'x'.repeat(150_000)}')`);
    const { id, bytes } = await backups.beginBackup();
    expect(await backups.readBackup(id, 0)).toHaveLength(bytes);
    write();
    await expect(backups.readBackup(id, 0)).rejects.toMatchObject({ code: 'unavailable', message: /given up: more/ });
    const again = await backups.beginBackup();
    expect(again.bytes).toBeGreaterThan(150_000);
    expect(statSync(`${file}-wal`).size).toBe(0);
    backups.close();
  });

  test('ends with the store, and is no copy then', async () => {
    const store = await sqliteEventStoreOnThread({ file });
    await store.append(some(0, 2_000));
    const { pieces } = await store.backup!();
    const begun = pieces[Symbol.asyncIterator]();
    await begun.next();
    await store.close();
    await expect(begun.next()).rejects.toMatchObject({ code: 'closed' });
  });

  test('of a log whose writer was killed holds every acknowledged event, those of the WAL too', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '../../../testing/sqlite-child.ts'), file, 'append', 'k'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    ) as ChildProcess & { stdout: NodeJS.ReadableStream };
    const acknowledged: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      if (line === 'open') continue;
      acknowledged.push(...line.split(' '));
      if (acknowledged.length >= 300) child.kill('SIGKILL');
    }
    expect(readFileSync(`${file}-wal`).length).toBeGreaterThan(0);
    await copied(await opened(file));
    const ids = new Set(await idsOf(await opened(copy)));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe('restoring', () => {
  beforeEach(async () => {
    const store = await sqliteEventStore({ file });
    await store.append(some(0, 50));
    await copied(store);
    await store.append(some(50, 60));
    await store.close();
  });

  test('refuses where a log is, unless told, and then moves it and what was made of it aside', async () => {
    mkdirSync(join(folder, 'clickhouse'));
    writeFileSync(join(folder, 'clickhouse', 'rows'), 'of the other log');
    expect(() => restoring(copy)).toThrow(/There is a log at .*events\.db already/);
    expect(existsSync(join(folder, 'clickhouse', 'rows'))).toBe(true);
    expect(restoring(copy, true)).toMatchObject({
      position: 50n,
      movedAside: expect.arrayContaining([
        { from: join(folder, 'clickhouse'), to: join(folder, 'clickhouse.before') },
        { from: file, to: `${file}.before` },
      ]),
    });
    expect(await idsOf(await opened(file))).toHaveLength(50);
    expect(await idsOf(await opened(`${file}.before`))).toHaveLength(60);
    expect(readdirSync(folder)).toContain('clickhouse.before');
    expect(existsSync(join(folder, 'clickhouse'))).toBe(false);
  });

  test('refuses while a process has the log open', async () => {
    const store = await opened(file);
    expect(() => restoring(copy, true)).toThrow(expect.objectContaining({ code: 'locked' }));
    expect(await idsOf(store)).toHaveLength(60);
  });

  test.each([
    ['cut short', () => truncateSync(copy, 16_384 * 3)],
    ['no database', () => writeFileSync(copy, 'notes')],
    ['empty', () => writeFileSync(copy, '')],
    ['not there', () => rmSync(copy)],
    ['the copy of a log without its WAL', () => writeFileSync(`${copy}-wal`, 'x')],
    [
      'the database of another program',
      () => {
        rmSync(copy);
        const database = availableSqliteDrivers()[0]!.open(copy);
        database.exec('CREATE TABLE notes (text TEXT)');
        database.close();
      },
    ],
  ])('refuses a file that is %s, and changes nothing', async (_, spoil) => {
    spoil();
    expect(() => restoring(copy, true)).toThrow(expect.objectContaining({ name: 'EventStoreError' }));
    expect(readdirSync(folder).filter((name) => /before|restoring/.test(name))).toEqual([]);
    expect(await idsOf(await opened(file))).toHaveLength(60);
  });
});
