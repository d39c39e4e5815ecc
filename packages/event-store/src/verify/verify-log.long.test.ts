import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import { logDifferences } from '../../testing/log-differences.ts';
import { checksumOf } from '../event-checksum.ts';
import type { EventStore } from '../port.ts';
import { availableSqliteDrivers } from '../sqlite/driver.ts';
import { sqliteLogReader } from '../sqlite/log-file-reader.ts';
import { sqliteEventStore } from '../sqlite/sqlite-event-store.ts';
import type { LogDifference } from './log-difference.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-verify-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const DAY = 86_400_000;
const BEGIN = 1_767_225_600_000;
/**
 * Events of customers and of the system over three days, with bodies of one-byte and multi-byte
 * letters.
 */
const EVENTS = Array.from({ length: 180 }, (_, n) =>
  event({
    id: `e-${n + 1}`,
    stream: n % 9 === 8 ? 'definitions' : `customer-${n % 7}`,
    source: n % 2 === 0 ? '/shop' : '/till',
    time: BEGIN + n,
    data: { said: n % 3 === 0 ? 'grüße 你好 👋' : 'hello' },
  }),
);

for (const driver of availableSqliteDrivers()) {
  describe(`through ${driver.name},`, () => {
    let now = BEGIN;
    const open = () => sqliteEventStore({ file, driver, now: () => now });
    const fill = async (store: EventStore) => {
      for (let at = 0; at < EVENTS.length; at += 20) {
        now = BEGIN + Math.floor(at / 60) * DAY + at * 1000;
        await store.append(EVENTS.slice(at, at + 20));
      }
    };
    const filled = async () => {
      const store = await open();
      await fill(store);
      await store.close();
    };
    const change = (sql: string) => {
      const database = driver.open(file);
      database.exec(sql);
      database.close();
    };
    /** Changes a row and its checksum, as if the store itself had written it. */
    const rewrite = (position: number, set: string) => {
      change(`UPDATE events SET ${set} WHERE position = ${position}`);
      const database = driver.open(file);
      const row = database
        .prepare(`SELECT stream, time, recorded_at, body FROM events WHERE position = ?`)
        .get(position)!;
      const [stream, time, recordedAt, body] = [row.stream, row.time, row.recorded_at, row.body];
      const sum = checksumOf(String(stream), Number(time), Number(recordedAt), String(body));
      database.exec(`UPDATE events SET checksum = ${sum} WHERE position = ${position}`);
      database.close();
    };
    const differences = async (upTo?: bigint) =>
      logDifferences(await sqliteLogReader({ file, driver }), join(folder, 'parts'), upTo);
    const named = (found: readonly LogDifference[]) =>
      found.map(({ position, field }) => (position === null ? field : `${field} ${position}`));

    test('a log holds that is as it was written, with repeats, conflicts and rejections', async () => {
      const store = await open();
      await fill(store);
      await store.append([...EVENTS.slice(0, 5), event({ ...EVENTS[5]!, data: 'another' })]);
      await store.keepRejections([{ code: 'invalid_event', errors: '[]', payload: '{}', origin: 'http' }]);
      await store.close();
      expect(await differences()).toEqual([]);
    });

    test('an empty log holds', async () => {
      await (await open()).close();
      expect(await differences()).toEqual([]);
    });

    test.each([
      ['a changed body', `body = replace(body, 'hello', 'hallo')`, /checksum does not hold$/],
      ['a body that is no JSON', `body = substr(body, 2)`, /checksum does not hold, and it is no JSON$/],
      ['another time', `time = time + 1`, /checksum/],
      ['a time of recording that steps back', `recorded_at = recorded_at - ${DAY}`, /checksum/],
      ['another customer', `stream = 'customer-99'`, /checksum/],
      ['no checksum', `checksum = NULL`, /checksum/],
    ])('%s is named with its position', async (_what, sql, words) => {
      await filled();
      change(`UPDATE events SET ${sql} WHERE position = 68`);
      const found = await differences();
      expect(named(found)).toEqual(['event 68']);
      expect(found[0]!.what).toMatch(words);
    });

    test('a body that was never an event is named, though its checksum holds', async () => {
      await filled();
      rewrite(68, `body = 'no JSON'`);
      rewrite(70, `body = '{"id":"x"}'`);
      const found = await differences();
      expect(named(found)).toEqual(expect.arrayContaining(['event 68', 'event 70', 'minute']));
      expect(found.map(({ what }) => what)).toEqual(
        expect.arrayContaining(['is no JSON', 'is a CloudEvent without source, id or type']),
      );
    });

    test('a time of recording before the one before it is named', async () => {
      await filled();
      rewrite(150, `recorded_at = recorded_at - 60001`);
      expect(named(await differences())).toContain('recordedAt 150');
    });

    test('events that are lost are named: in the midst as positions, at the end by what was accepted in their minute', async () => {
      await filled();
      change('DELETE FROM events WHERE position BETWEEN 71 AND 74 OR position = 90 OR position > 178');
      const found = await differences();
      expect(named(found)).toEqual(expect.arrayContaining(['event 71', 'event 90', 'minute']));
      expect(found[0]!.what).toBe('no event can be read from here to 74');
      expect(found.at(-1)!.what).toMatch(
        / events were accepted in the minute of 2026-01-03T00:02:00.000Z, and the log holds /,
      );
    });

    test('an identity that is stored twice is named with both positions', async () => {
      await filled();
      rewrite(100, `(stream, body) = (SELECT stream, body FROM events WHERE position = 3)`);
      const found = await differences();
      expect(named(found)).toEqual(expect.arrayContaining(['identity 100']));
      expect(found.find(({ field }) => field === 'identity')!.what).toContain('at position 3 already');
    });

    test.each([
      [
        'more',
        "UPDATE ledger SET accepted = accepted + 1, checksum = NULL WHERE source = '/shop' AND minute = (SELECT min(minute) FROM ledger)",
      ],
      ['in a minute without events', "INSERT INTO ledger VALUES (1767052800000, '/shop', 2, 0, 0, 0, NULL)"],
      ['in a minute to come', "INSERT INTO ledger VALUES (1798761600000, '/shop', 2, 0, 0, 0, NULL)"],
    ])('what was accepted and is not in the log is named by minute and source: %s', async (_what, sql) => {
      await filled();
      change(sql);
      const found = await differences();
      expect(named(found)).toEqual(['minute']);
      expect(found[0]!.what).toContain('of source "/shop"');
    });

    test('counts of a minute that are not what was written are named by minute and source', async () => {
      await filled();
      change(`UPDATE ledger SET duplicates = 9 WHERE source = '/shop' AND minute = (SELECT min(minute) FROM ledger)`);
      const found = await differences();
      expect(named(found)).toEqual(['minute']);
      expect(found[0]!.what).toMatch(
        /^the counts of the minute of 2026-.* the source "\/shop" are not what was written$/,
      );
    });

    test('a file that a store holds is read beside it, and what comes meanwhile is left for the next time', async () => {
      const store = await open();
      await fill(store);
      const upTo = await store.head();
      await store.append([event({ id: 'later', source: '/shop' }), event({ id: 'another', source: '/new' })]);
      const reader = await sqliteLogReader({ file, driver });
      expect(reader.isInUse).toBe(true);
      await expect(reader.streamPages('customer-1')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'locked',
      });
      await reader.close();
      expect(await differences(upTo)).toEqual([]);
      expect(await differences()).toEqual([]);
      await store.close();
      const alone = await sqliteLogReader({ file, driver });
      expect(alone.isInUse).toBe(false);
      const read: string[] = [];
      for await (const page of alone.streamPages('customer-1')) read.push(...page.map(({ id }) => id));
      expect(read).toEqual(
        EVENTS.filter(({ stream }) => stream === 'customer-1')
          .map(({ id }) => id)
          .concat('later', 'another'),
      );
      await alone.close();
    });
  });
}
