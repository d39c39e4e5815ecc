import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import { bodyAsStored, isDamaged } from '../damaged-event.ts';
import { proofOf } from '../history.ts';
import { EventStoreError, type StoredEvent } from '../port.ts';
import { availableSqliteDrivers } from './driver.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';

/** Number of files with random damage to try; raise it by hand for a big trial. */
const TRIALS = Number(process.env.DAMAGE_TRIALS ?? 15);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const AT = 30;
const END = Date.UTC(2100, 0, 1);
const events = Array.from({ length: 130 }, (_, n) => {
  const given = event({ id: `e-${n + 1}`, stream: `customer-${n % 7}`, time: 1_767_225_600_000 + n });
  // The subject is the customer, as in what ingest stores.
  return { ...given, body: given.body.replace('"subject":"customer-', '"subject":"') };
});
const theirs = events[AT - 1]!.stream;

/** Changes to one row as damage would make them: SQL that sets its columns. */
const damages: Readonly<Record<string, string>> = {
  'a body that is still JSON': `body = replace(body, '"e-${AT}"', '"e-x0"')`,
  'a body that is no JSON': `body = substr(body, 2)`,
  'a body that is no UTF-8': `body = CAST(x'7b2261223a22ff227d' AS TEXT)`,
  'a body that parts bodies': `body = replace(body, ':', char(30))`,
  'an empty body': `body = ''`,
  'a body of another type': `body = CAST(x'00ff1e' AS BLOB)`,
  'a stream of another customer': `stream = 'customer-9'`,
  'a stream that is no customer': `stream = replace(stream, 'customer', 'custome3')`,
  'a stream that is no UTF-8': `stream = CAST(x'637573746f6d65722dff' AS TEXT)`,
  'a stream of another type': `stream = x'ff00'`,
  'another time': `time = time + 1`,
  'a time in a far future': `time = 8640000000000000`,
  'a time beyond all numbers': `time = 9223372036854775807`,
  'a time that is text': `time = CAST(x'ff22' AS TEXT)`,
  'another time of recording': `recorded_at = recorded_at - 86400000`,
  'a time of recording in a far future': `recorded_at = 9007199254740991`,
  'a time of recording that is text': `recorded_at = 'x]'`,
  'another checksum': `checksum = (checksum + 1) % 4294967296`,
  'no checksum': `checksum = NULL`,
  'a checksum that is text': `checksum = CAST(x'ff' AS TEXT)`,
};

const differs = (read: StoredEvent): boolean => {
  const given = events[Number(read.position) - 1];
  return given === undefined || read.stream !== given.stream || read.time !== given.time || read.body !== given.body;
};

for (const driver of availableSqliteDrivers()) {
  describe(`through ${driver.name},`, () => {
    const found = new Set<bigint>();
    const open = (path = file) =>
      sqliteEventStore({ file: path, driver, onDamaged: ({ position }) => found.add(position) });
    const filled = async (path = file) => {
      found.clear();
      const store = await open(path);
      for (let at = 0; at < events.length; at += 65) await store.append(events.slice(at, at + 65));
      const [lastRecordedAt, greatestTime] = [await store.lastRecordedAt(), await store.greatestTime()];
      const proof = proofOf((await all(store.readAll()))[AT - 1]!);
      await store.close();
      return { lastRecordedAt, greatestTime, proof };
    };
    const change = (sql: string) => {
      const database = driver.open(file);
      database.exec(sql);
      database.close();
    };
    const all = async (pages: AsyncIterable<readonly StoredEvent[]>) => {
      const read: StoredEvent[] = [];
      for await (const page of pages) read.push(...page);
      return read;
    };

    test.each(Object.entries(damages))(
      '%s is read as damaged by every path, and moves no other event',
      async (_what, sql) => {
        const before = await filled();
        change(`UPDATE events SET ${sql} WHERE position = ${AT}`);
        const store = await open();
        const stopping = new AbortController();
        const followed: StoredEvent[] = [];
        for await (const item of store.subscribe({ signal: stopping.signal })) {
          if (item.kind === 'events') followed.push(...item.events);
          else stopping.abort();
        }
        const ranges = await all(store.readAll());
        const ofPrefix = await all(store.readAll({ streamPrefix: 'customer-' }));
        for (const read of [followed, ranges]) {
          expect(read).toHaveLength(events.length);
          expect(read.filter(isDamaged).map(({ position }) => position)).toEqual([BigInt(AT)]);
          expect(read.filter(differs).map(({ position }) => position)).toEqual([BigInt(AT)]);
        }
        expect(ofPrefix.filter(differs).every(isDamaged)).toBe(true);
        expect(() => JSON.parse(ranges[AT - 1]!.body)).toThrow(SyntaxError);
        expect(bodyAsStored(ranges[0]!)).toBe(events[0]!.body);
        expect([...found]).toEqual([BigInt(AT)]);

        const stream = await store.readStream(theirs);
        expect(stream.filter(isDamaged)).toHaveLength(1);
        expect(stream.filter((read) => !isDamaged(read) && differs(read))).toEqual([]);

        // Damage does not make it another history.
        expect(await store.holds(before.proof)).toBe(true);
        expect(await store.greatestTime()).toBe(before.greatestTime);
        expect(await store.counts()).toEqual({ accepted: events.length, stored: events.length });
        expect(await store.lastRecordedAt()).toBe(before.lastRecordedAt);
        const minute = before.lastRecordedAt! - (before.lastRecordedAt! % 60_000);
        const { ranges: minutes } = await store.countMinutes({ from: 0, to: minute + 60_000 });
        expect(minutes.at(-1)?.upTo).toBe(BigInt(events.length));
        const again = await store.append([events[AT - 1]!, event({ id: 'new' })]);
        expect(again).toEqual({ outcomes: ['duplicate', 'accepted'], position: BigInt(events.length + 1) });
        await store.close();
      },
    );

    test('the newest event, damaged, says neither when it was recorded nor what time it is', async () => {
      const before = await filled();
      change(
        `UPDATE events SET recorded_at = 9007199254740990, time = 9007199254740990 WHERE position = ${events.length}`,
      );
      const store = await open();
      expect(await store.lastRecordedAt()).toBe(before.lastRecordedAt);
      expect(await store.greatestTime()).toBe(before.greatestTime! - 1);
      await store.close();
    });

    test('what an earlier schema stored is read unchecked, and what follows it is checked', async () => {
      await filled();
      for (const table of ['events', 'ledger', 'rejections', 'runs'])
        change(`ALTER TABLE ${table} DROP COLUMN checksum`);
      change('DROP TABLE unchecked; PRAGMA user_version=2');
      const upgraded = await open();
      await upgraded.append([event({ id: 'one-more' })]);
      await upgraded.close();
      const last = events.length + 1;
      change(`UPDATE events SET body = body || ' ' WHERE position IN (${AT}, ${last})`);
      const store = await open();
      const damaged = (await all(store.readAll())).filter(isDamaged);
      expect(damaged.map(({ position }) => position)).toEqual([BigInt(last)]);
      await store.close();
    });

    test(`in ${TRIALS} files with bytes changed at random nothing is read that was not written: events are whole or damaged, or the file is refused by name`, async () => {
      await filled(join(folder, 'whole.sqlite'));
      const whole = readFileSync(join(folder, 'whole.sqlite'));
      let next = 20_261_129;
      const random = (below: number) => {
        next = (Math.imul(next, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((next / 2 ** 32) * below);
      };
      const ends = new Map<string, number>();
      for (let trial = 0; trial < TRIALS; trial++) {
        const bytes = Buffer.from(whole);
        const at = random(bytes.length);
        const length = [1, 1, 1, 8, 512][random(5)]!;
        for (let n = at; n < Math.min(at + length, bytes.length); n++) bytes[n] = random(256);
        const path = join(folder, `damaged-${trial}.sqlite`);
        writeFileSync(path, bytes);
        const end = await endOf(path).catch((error: unknown) => {
          expect(error, `trial ${trial}, ${length} bytes at ${at}`).toBeInstanceOf(EventStoreError);
          return (error as EventStoreError).code;
        });
        ends.set(end, (ends.get(end) ?? 0) + 1);
        for (const left of ['', '-wal', '-shm']) rmSync(path + left, { force: true });
      }
      for (const end of ends.keys()) expect(['whole', 'damaged', 'corrupt', 'refused']).toContain(end);
      expect([...ends.values()].reduce((sum, count) => sum + count, 0)).toBe(TRIALS);
    });

    async function endOf(path: string): Promise<string> {
      const store = await open(path);
      try {
        const read = await all(store.readAll());
        expect(read.filter((one) => !isDamaged(one) && differs(one))).toEqual([]);
        await store.readStream(theirs);
        const { accepted, stored } = await store.counts();
        const { counts } = await store.countMinutes({ from: 0, to: END });
        const of = (count: 'duplicates' | 'rejected') => counts.reduce((sum, minute) => sum + minute[count]!, 0);
        expect([accepted, of('duplicates'), of('rejected')]).toEqual([events.length, 0, 0]);
        if (!read.some(isDamaged)) {
          expect([stored, await store.greatestTime()]).toEqual([events.length, events.at(-1)!.time]);
        }
        return read.some(isDamaged) ? 'damaged' : 'whole';
      } finally {
        await store.close();
      }
    }
  });
}
