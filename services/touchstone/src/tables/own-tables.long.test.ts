import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { type OwnTables, startOwnTables } from '@touchstone/operations';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { workersOf } from '../workers.ts';

const logger = createLogger({ level: 'silent' });
const FULL = 'There is no space left on the disk.';
let folder: string;
let store: EventStore;
let opened: ReadModels;
let readModels: ReadModels;
let tables: OwnTables;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-own-tables-'));
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  opened = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  readModels = { ...opened };
  tables = await startOwnTables({
    store,
    readModels,
    ...workersOf({ store, readModels, logger }),
    logger,
    definitions: async () => [],
    clock: () => undefined,
    now: async () => Date.now(),
    clockKind: 'wall',
  });
});
afterAll(async () => {
  await tables?.stop();
  await opened?.close();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const full = async () => {
  throw new Error(FULL);
};

async function rebuilt() {
  await tables.rebuild.start({ force: false });
  await tables.rebuild.finished();
  return tables.rebuild.status();
}

test('a rebuild whose generation cannot be made, filled or dropped fails and says why, and what answers goes on', async () => {
  const before = tables.inForce().generation;
  const rejected = vi.fn();
  process.on('unhandledRejection', rejected);
  try {
    readModels.createGeneration = full;
    expect(await rebuilt()).toMatchObject({ state: 'failed', generation: null, error: FULL });
    readModels.createGeneration = opened.createGeneration;

    // The projector reads the generation's progress before it begins; here that read fails.
    readModels.resume = full;
    readModels.dropGeneration = full;
    expect(await rebuilt()).toMatchObject({ state: 'failed', error: FULL });
    readModels.resume = opened.resume;
    readModels.dropGeneration = opened.dropGeneration;

    expect(tables.inForce().generation).toBe(before);
    expect(await rebuilt()).toMatchObject({ state: 'done', error: null });
    expect(tables.inForce().generation).toBeGreaterThan(before);
    await new Promise((next) => setImmediate(next));
    expect(rejected).not.toHaveBeenCalled();
  } finally {
    process.removeListener('unhandledRejection', rejected);
  }
});
