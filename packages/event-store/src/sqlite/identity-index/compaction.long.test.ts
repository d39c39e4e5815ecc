import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event } from '../../../testing/contract/event.ts';
import type { EventStore } from '../../port.ts';
import { bestSqliteDriver, type SqliteDatabase, type SqliteDriver } from '../driver.ts';
import { sqliteEventStore } from '../sqlite-event-store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const driver = bestSqliteDriver()!;
const STREAMS = 11;
const streamOf = (n: number) => `customer-${(n * 7) % STREAMS}`;
const eventsOf = (from: number, below: number, data = {}) =>
  Array.from({ length: below - from }, (_, at) => event({ id: `e-${from + at}`, stream: streamOf(from + at), data }));
/** Events so long that each commit needs another page. */
const longEventsOf = (from: number, below: number) => eventsOf(from, below, { comment: 'x'.repeat(5000) });

/**
 * Checks that all events are there, that each stream has its own in order, and that the index knows
 * events of the beginning, the middle and the end.
 */
async function holdsAll(store: EventStore, count: number, made: typeof longEventsOf = eventsOf): Promise<void> {
  expect(await store.head()).toBe(BigInt(count));
  for (let stream = 0; stream < STREAMS; stream++) {
    const ids = Array.from({ length: count }, (_, n) => n).filter((n) => streamOf(n) === `customer-${stream}`);
    const read = await store.readStream(`customer-${stream}`);
    expect(read.map(({ id }) => id)).toEqual(ids.map((n) => `e-${n}`));
  }
  const known = [0, 1, Math.floor(count / 3), Math.floor(count / 2), count - 1];
  const { outcomes } = await store.append(known.flatMap((n) => made(n, n + 1)));
  expect(outcomes).toEqual(known.map(() => 'duplicate'));
  expect(await store.counts()).toEqual({ accepted: count, stored: count });
}

test('the number of runs grows with the logarithm of the log, and each position is in one of them once', async () => {
  const runEvents = 8;
  const count = runEvents * 4 ** 4;
  const store = await sqliteEventStore({ file, runEvents });
  for (let at = 0; at < count; at += 5) await store.append(eventsOf(at, Math.min(at + 5, count)));
  await holdsAll(store, count);
  await store.close();
  const database = driver.open(file);
  const runs = database.prepare('SELECT * FROM runs').all();
  // At most three complete runs of each of five sizes, and the four of a merge.
  expect(runs.length).toBeLessThanOrEqual(5 * 3 + 4);
  expect(Math.max(...runs.map(({ bits }) => Number(bits)))).toBeGreaterThanOrEqual(8);
  const entries = Number(database.prepare('SELECT sum(length(entries) - 4) / 24 AS n FROM run_blocks').get()!.n);
  expect(entries).toBe(Number(database.prepare('SELECT sum(entries) AS n FROM run_parts').get()!.n));
  // A run being flushed has keys both in memory and in blocks.
  expect(entries).toBeGreaterThanOrEqual(Math.max(...runs.map((run) => Number(run.last_position))));
  expect(entries).toBeLessThan(count);
  database.close();
});

test('whatever transaction was the last before the process died, the log goes on where it was', async () => {
  const store = await sqliteEventStore({ file, runEvents: 8 });
  const image = join(folder, 'image.sqlite');
  let merging = 0;
  for (let at = 0; at < 320; at += 5) {
    await store.append(eventsOf(at, at + 5));
    // Copies the files as they are between two commits, which is what a killed process leaves.
    for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${image}${suffix}`);
    const database = driver.open(image);
    merging += Number(database.prepare('SELECT count(*) AS n FROM runs WHERE merged > 0').get()!.n);
    database.close();
    const left = await sqliteEventStore({ file: image, runEvents: 8 });
    await holdsAll(left, at + 5);
    await left.append(eventsOf(at + 5, at + 40));
    await holdsAll(left, at + 40);
    await left.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${image}${suffix}`, { force: true });
  }
  expect(merging).toBeGreaterThan(10);
  await store.close();
});

test('an append that fails leaves the runs as they were', async () => {
  let database: SqliteDatabase | undefined;
  const recording: SqliteDriver = {
    name: driver.name,
    open(path) {
      database = driver.open(path);
      return database;
    },
  };
  const open = () => sqliteEventStore({ file, driver: recording, runEvents: 8 });
  let store = await open();
  const pages = () => Number(Object.values(database!.prepare('PRAGMA page_count').get()!)[0]);
  const allow = (count: number) => void database!.prepare(`PRAGMA max_page_count=${count}`).get();
  let count = 0;
  let failed = 0;
  while (count < 400) {
    // Leaves room for up to two more pages, so that the write fails in the middle.
    allow(pages() + (count % 3));
    try {
      await store.append(longEventsOf(count, count + 4));
      count += 4;
    } catch (error) {
      expect(error).toMatchObject({ code: 'full' });
      failed += 1;
      allow(1_000_000);
      if (failed % 10 === 0) await holdsAll(store, count, longEventsOf);
      await store.append(longEventsOf(count, count + 4));
      count += 4;
    }
  }
  expect(failed).toBeGreaterThan(20);
  await holdsAll(store, count, longEventsOf);
  await store.close();
  store = await open();
  await holdsAll(store, count, longEventsOf);
  await store.close();
});

test('a stream with more events than a block has room for is read whole, and each of its events is known', async () => {
  const store = await sqliteEventStore({ file, runEvents: 2000 });
  const ofOne = (from: number, below: number) => eventsOf(from, below).map((one) => ({ ...one, stream: 'customer-1' }));
  for (let at = 0; at < 12_000; at += 500) await store.append([...ofOne(at, at + 500), ...eventsOf(at, at + 20)]);
  const read = await store.readStream('customer-1');
  const others = new Set(eventsOf(0, 20).map(({ stream }) => stream)).size;
  expect(others).toBeGreaterThan(1);
  expect(new Set(read.map(({ id }) => id)).size).toBe(12_000);
  expect(await store.readStream('customer-1', { after: read[5000]!.position, upTo: read[5003]!.position })).toEqual(
    read.slice(5001, 5004),
  );
  for (let at = 0; at < 12_000; at += 1000) {
    const { outcomes } = await store.append(ofOne(at, at + 1000));
    expect(outcomes.every((outcome) => outcome === 'duplicate')).toBe(true);
  }
  await store.close();
});
