import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import { availableSqliteDrivers, type SqliteDatabase } from './driver.ts';
import { identityOf, streamHash } from './identity-index/identity-hash.ts';
import { createMemtable } from './identity-index/memtable.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const RUN = 100;
const RUNS = 5;
const events = Array.from({ length: RUN * RUNS + 30 }, (_, n) => event({ id: `e-${n}`, stream: `customer-${n % 17}` }));

for (const driver of availableSqliteDrivers()) {
  test(`a file of the first schema is read and written on, through ${driver.name}`, async () => {
    const store = await sqliteEventStore({ file, driver });
    for (let at = 0; at < events.length; at += 10) await store.append(events.slice(at, at + 10));
    await store.close();
    const database = driver.open(file);
    intoFirstSchema(database);
    database.close();

    for (let opening = 0; opening < 2; opening++) {
      const again = await sqliteEventStore({ file, driver, runEvents: RUN });
      expect((await again.append(events)).outcomes.every((outcome) => outcome === 'duplicate')).toBe(true);
      expect(await again.counts()).toEqual({ accepted: events.length + opening, stored: events.length + opening });
      const read = await again.readStream('customer-3');
      expect(read.map(({ id }) => id)).toEqual(events.filter((_, n) => n % 17 === 3).map(({ body }) => idOf(body)));
      expect((await again.append([event({ id: `new-${opening}` })])).outcomes).toEqual(['accepted']);
      await again.close();
    }
  });

  test(`a damaged file of the first schema is refused and left as it was, through ${driver.name}`, async () => {
    const store = await sqliteEventStore({ file, driver });
    await store.append(events);
    await store.close();
    const database = driver.open(file);
    intoFirstSchema(database);
    database.exec('DELETE FROM run_blocks WHERE block = 300');
    database.close();
    await expect(sqliteEventStore({ file, driver })).rejects.toMatchObject({ code: 'corrupt' });
    const left = driver.open(file);
    expect(Object.values(left.prepare('PRAGMA user_version').get()!)).toContain(1);
    expect(left.prepare('SELECT count(*) AS runs FROM runs WHERE length(filter) = 64').get()).toMatchObject({
      runs: RUNS,
    });
    left.close();
  });
}

const idOf = (body: string) => (JSON.parse(body) as { id: string }).id;

/**
 * Rewrites the keys of the first events as the first schema had them: runs of 256 blocks, one row
 * per block.
 */
function intoFirstSchema(database: SqliteDatabase): void {
  for (const table of ['events', 'ledger', 'rejections']) {
    database.exec(`ALTER TABLE ${table} DROP COLUMN checksum`);
  }
  database.exec('DROP TABLE unchecked');
  database.exec('DROP TABLE run_parts; DROP TABLE run_blocks; DROP TABLE runs');
  database.exec(`CREATE TABLE runs (run INTEGER PRIMARY KEY, first_position INTEGER NOT NULL,
    last_position INTEGER NOT NULL, published INTEGER NOT NULL, greatest_time INTEGER, filter BLOB NOT NULL)`);
  database.exec('CREATE TABLE run_blocks (block INTEGER PRIMARY KEY, entries BLOB NOT NULL)');
  const insertRun = database.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)');
  const insertBlock = database.prepare('INSERT INTO run_blocks VALUES (?, ?)');
  for (let run = 0; run < RUNS; run++) {
    const first = run * RUN + 1;
    const keys = createMemtable(first);
    for (const one of events.slice(first - 1, first - 1 + RUN)) keys.add(identityOf(one), streamHash(one.stream));
    const { offsets, starts } = keys.byPart(8);
    for (let block = 0; block < 256; block++)
      insertBlock.run(run * 256 + block, keys.entriesOf(offsets.subarray(starts[block], starts[block + 1])));
    insertRun.run(run, first, first + RUN - 1, RUN, events[0]!.time, Buffer.alloc(64));
  }
  // The remaining keys stay in `recent_keys`, one row each.
  database.exec(`DELETE FROM recent_keys; PRAGMA user_version=1`);
  const insertKeys = database.prepare('INSERT INTO recent_keys VALUES (?, ?)');
  events.slice(RUN * RUNS).forEach((one, at) => {
    const key = Buffer.alloc(18);
    key.writeUIntBE(streamHash(one.stream), 0, 6);
    key.write(identityOf(one), 6, 12, 'latin1');
    insertKeys.run(RUN * RUNS + 1 + at, key);
  });
}
