import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { event } from '../../../testing/contract/event.ts';
import { bestSqliteDriver } from '../driver.ts';
import { sqliteEventStore } from '../sqlite-event-store.ts';

const MINUTE = 60_000;
const T0 = 1_800_000_000_000;

function givenFile() {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-minutes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'log.sqlite');
}

/**
 * Ten events a minute over three minutes, then an empty minute, then ten more; some events are of a
 * second source.
 */
async function filled(file: string) {
  let now = T0;
  const store = await sqliteEventStore({ file, now: () => now });
  for (const minute of [0, 1, 2, 4]) {
    now = T0 + minute * MINUTE + 59_999;
    await store.append(
      Array.from({ length: 10 }, (_, n) => event({ id: `${minute}-${n}`, source: n < 2 ? '/bank' : '/shop' })),
    );
  }
  return store;
}

test('minutes are found by when their events were recorded, and minutes of nothing are left out', async () => {
  const store = await filled(givenFile());
  const { ranges, counts } = await store.countMinutes({ from: T0 + MINUTE, to: T0 + 5 * MINUTE, marks: [25n] });
  await store.close();
  expect(ranges).toEqual([
    { minute: T0 + MINUTE, after: 10n, upTo: 20n },
    { minute: T0 + 2 * MINUTE, after: 20n, upTo: 30n },
    { minute: T0 + 4 * MINUTE, after: 30n, upTo: 40n },
  ]);
  expect(
    counts.map(({ source, accepted, stored, upTo }) => [source, accepted, stored.events, upTo[0]!.events]),
  ).toEqual([
    ['/bank', 2, 2, 2],
    ['/shop', 8, 8, 8],
    ['/bank', 2, 2, 2],
    ['/shop', 8, 8, 3],
    ['/bank', 2, 2, 0],
    ['/shop', 8, 8, 0],
  ]);
});

test('the ledger tells of repeats, conflicts and rejections; a minute of these alone is told too', async () => {
  let now = T0;
  const store = await sqliteEventStore({ file: givenFile(), now: () => now });
  await store.append([event({ id: 'a' }), event({ id: 'a' }), event({ id: 'a', data: { other: 1 } })]);
  now += MINUTE;
  await store.keepRejections([{ code: 'invalid_event', errors: '[]', payload: '', origin: 'http', source: '/test' }]);
  const { ranges, counts } = await store.countMinutes({ from: T0, to: T0 + 2 * MINUTE });
  await store.close();
  expect(ranges).toHaveLength(1);
  expect(counts).toMatchObject([
    { minute: T0, source: '/test', accepted: 1, duplicates: 1, conflicts: 1, rejected: 0, stored: { events: 1 } },
    { minute: T0 + MINUTE, accepted: 0, rejected: 1, stored: { events: 0 } },
  ]);
});

test('an event that the file has lost is missing from what is stored, and not from what was accepted', async () => {
  const file = givenFile();
  await (await filled(file)).close();
  const database = bestSqliteDriver()!.open(file);
  database.exec('DELETE FROM events WHERE position IN (15, 20, 21)');
  database.close();
  const store = await sqliteEventStore({ file });
  const { ranges, counts } = await store.countMinutes({ from: T0, to: T0 + 5 * MINUTE });
  await store.close();
  expect(counts.map(({ accepted, stored }) => accepted - stored.events)).toEqual([0, 0, 0, 2, 1, 0, 0, 0]);
  for (const [at, range] of ranges.entries()) if (at > 0) expect(range.after).toBe(ranges[at - 1]!.upTo);
});

test('a source with half a surrogate pair, and what is no text, are counted as the tables count them', async () => {
  const store = await sqliteEventStore({ file: givenFile(), now: () => T0 });
  const sources = ['a\ud800', '\udc00b', '😀', 7, null, undefined, { a: 1 }];
  const bodies = [...sources.map((source) => JSON.stringify({ source })), 'no JSON', '"text"', '7'];
  await store.append(
    bodies.map((body, n) => ({ ...event({ id: `${n}`, source: n < 3 ? String(sources[n]) : '' }), body })),
  );
  const { counts } = await store.countMinutes({ from: T0 - MINUTE, to: T0 + MINUTE });
  await store.close();
  expect(counts.map(({ source, accepted, stored }) => [source, accepted, stored.events])).toEqual([
    ['', 7, 7],
    ['a\ufffd', 1, 1],
    ['\ud83d\ude00', 1, 1],
    ['\ufffdb', 1, 1],
  ]);
});
