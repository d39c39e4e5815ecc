import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event } from '../../../testing/contract/event.ts';
import type { Backup, EventStore } from '../../port.ts';
import { sqliteEventStore } from '../sqlite-event-store.ts';
import { writeBackup } from './write-backup.ts';

let folder: string;
let file: string;
let store: EventStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-write-'));
  file = join(folder, 'copy.db');
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  await store.append(
    Array.from({ length: 2_000 }, (_, n) => event({ id: `e-${n}`, data: { note: 'x'.repeat(2_000) } })),
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});
const copies = () => readdirSync(folder).filter((name) => name.startsWith('copy'));

test('a backup that came whole stands under its name, and how far it came was told', async () => {
  const backup = await store.backup!();
  const told: number[] = [];
  await writeBackup(file, backup, { onProgress: (bytes) => told.push(bytes) });
  expect(copies()).toEqual(['copy.db']);
  expect(told.length).toBeGreaterThan(2);
  expect(told.at(-1)).toBe(backup.bytes);
});

const cut = async function* (pieces: AsyncIterable<Uint8Array>) {
  for await (const piece of pieces) {
    yield piece;
    return;
  }
};
const broken = async function* (pieces: AsyncIterable<Uint8Array>) {
  yield* cut(pieces);
  throw new Error('the connection broke');
};
const spoilt = async function* (pieces: AsyncIterable<Uint8Array>) {
  for await (const piece of pieces) yield piece.fill(7, 40_000);
};

test.each<[string, (backup: Backup) => Backup]>([
  ['ends too early', (backup) => ({ ...backup, pieces: cut(backup.pieces) })],
  ['breaks off', (backup) => ({ ...backup, pieces: broken(backup.pieces) })],
  ['was damaged on the way', (backup) => ({ ...backup, pieces: spoilt(backup.pieces) })],
  ['holds another number of events than was said', (backup) => ({ ...backup, position: backup.position + 1n })],
])('one that %s leaves nothing behind', async (_, change) => {
  await expect(writeBackup(file, change(await store.backup!()))).rejects.toThrow();
  expect(copies()).toEqual([]);
});

test('one that is interrupted leaves nothing behind', async () => {
  const stopping = new AbortController();
  const written = writeBackup(file, await store.backup!(), {
    signal: stopping.signal,
    onProgress: () => stopping.abort(),
  });
  await expect(written).rejects.toMatchObject({ name: 'AbortError' });
  expect(copies()).toEqual([]);
});

test('what a killed one left is overwritten, and a file that is there never', async () => {
  writeFileSync(`${file}.partial`, 'half');
  await writeBackup(file, await store.backup!());
  expect(copies()).toEqual(['copy.db']);
  await expect(writeBackup(file, await store.backup!())).rejects.toMatchObject({ code: 'refused' });
  expect(existsSync(file)).toBe(true);
});
