import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import type { EventStore, EventToAppend } from '../port.ts';
import { bestSqliteDriver } from '../sqlite/driver.ts';
import { sqliteEventStore } from '../sqlite/sqlite-event-store.ts';
import { EXPORTED_LENGTH_MAX, type ExportRequest, type GoneOf, readExportPage } from './export-page.ts';
import { exportedPosition, textWithoutExported, withoutExported } from './exported-event.ts';

const NOW = Date.parse('2026-03-01T09:30:00.000Z');

async function storeWith(events: readonly EventToAppend[], damage?: string): Promise<EventStore> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-export-'));
  const file = join(folder, 'log.sqlite');
  let store = await sqliteEventStore({ file, now: () => NOW });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  await store.append(events);
  if (damage === undefined) return store;
  await store.close();
  const database = bestSqliteDriver()!.open(file);
  database.exec(damage);
  database.close();
  store = await sqliteEventStore({ file, now: () => NOW });
  return store;
}

const nobody: GoneOf = async () => new Map();

async function pagesOf(store: EventStore, request: Partial<ExportRequest> = {}, goneOf = nobody) {
  const pages: { lines: string[]; next: bigint; damaged: number }[] = [];
  for (let after = request.after ?? 0n; ; ) {
    const { lines, events, next, end, damaged } = await readExportPage(
      store,
      { limit: 1000, ...request, after },
      goneOf,
    );
    const read = lines.split('\n').slice(0, -1);
    expect(read).toHaveLength(events);
    pages.push({ lines: read, next, damaged });
    if (next === end) return pages;
    expect(next).toBeGreaterThan(after);
    after = next;
  }
}

const all = async (store: EventStore, request: Partial<ExportRequest> = {}, goneOf = nobody) =>
  (await pagesOf(store, request, goneOf)).flatMap(({ lines }) => lines);

test('each event is a line as it was published, to the letter, with its position and when it was recorded', async () => {
  const published = event({ id: 'a' });
  const digits = {
    ...published,
    id: 'b',
    body: published.body.replace('"data":{}', '"data":{"n":1.1000000000000000000001}'),
  };
  const store = await storeWith([published, digits]);
  const added = (position: number) =>
    `,"touchstoneposition":"${position}","touchstonerecordedat":"2026-03-01T09:30:00.000Z"}`;
  const lines = await all(store);
  expect(lines).toEqual([published.body.slice(0, -1) + added(1), digits.body.slice(0, -1) + added(2)]);
  expect(lines.map(exportedPosition)).toEqual([1n, 2n]);
  expect(lines.map(textWithoutExported)).toEqual([published.body, digits.body]);
  expect(lines.map((line) => withoutExported(JSON.parse(line)))).toEqual(
    [published, digits].map(({ body }) => JSON.parse(body)),
  );
});

test("a publisher's own position stays, ours of another log does not, and no event breaks its line", async () => {
  const { body, ...rest } = event({ id: 'a' });
  const own = { ...rest, body: `${body.slice(0, -1)},"position":"7"}` };
  const stale = { ...rest, id: 'b', body: `${body.slice(0, -1)},"touchstoneposition":"99","position":"8"}` };
  const broken = { ...rest, id: 'c', body: `{\r\n${body.slice(1, -1)}\n}\n` };
  const lines = (await all(await storeWith([own, stale, broken]))).map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { position: '7', touchstoneposition: '1' },
    { position: '8', touchstoneposition: '2' },
    { touchstoneposition: '3' },
  ]);
});

test('what the system wrote itself is not among them', async () => {
  const store = await storeWith([event({ id: 'a' }), event({ id: 'd', stream: 'definitions' }), event({ id: 'b' })]);
  expect((await all(store)).map((line) => JSON.parse(line).id)).toEqual(['a', 'b']);
});

const many = Array.from({ length: 1200 }, (_, n) =>
  event({ id: `e-${n}`, stream: `customer-${n % 5}`, type: n % 400 === 0 ? 'rare.v1' : 'often.v1' }),
);

test('pages of any size, one behind the other, hold every event once and in order', async () => {
  const store = await storeWith(many);
  for (const limit of [1200, 500, 7]) {
    const ids = (await all(store, { limit })).map((line) => JSON.parse(line).id);
    expect(ids).toEqual(many.map(({ id }) => id));
  }
  expect((await pagesOf(store, { limit: 500 })).map(({ next }) => next)).toEqual([500n, 1000n, 1200n]);
  expect(await all(store, { after: 1199n })).toHaveLength(1);
  expect(await readExportPage(store, { after: 5000n, limit: 1 }, nobody)).toMatchObject({
    events: 0,
    next: 5000n,
    end: 1200n,
  });
});

test('one customer, or one type, is asked for alone', async () => {
  const store = await storeWith(many);
  const idsOf = async (request: Partial<ExportRequest>) =>
    (await all(store, request)).map((line) => JSON.parse(line).id);
  expect(await idsOf({ customer: '3', limit: 50 })).toEqual(many.filter((_, n) => n % 5 === 3).map(({ id }) => id));
  expect(await idsOf({ type: 'rare.v1' })).toEqual(['e-0', 'e-400', 'e-800']);
  expect(await idsOf({ type: 'rare.v1', customer: '0', after: 1n })).toEqual(['e-400', 'e-800']);
  expect(await idsOf({ customer: 'nobody' })).toEqual([]);
});

test('what is gone of a customer is left out, of everybody and of them alone, and each customer of a page is asked for once', async () => {
  const store = await storeWith(many);
  const asked: string[][] = [];
  const goneOf: GoneOf = async (customers) => {
    asked.push([...customers]);
    return new Map([
      ['1', 602n],
      ['2', 1200n],
    ]);
  };
  const stays = (n: number) => n % 5 !== 2 && (n % 5 !== 1 || n + 1 > 602);
  const left = many.filter((_, n) => stays(n)).map(({ id }) => id);
  const idsOf = async (request: Partial<ExportRequest>) =>
    (await all(store, request, goneOf)).map((line) => JSON.parse(line).id);
  expect(await idsOf({ limit: 500 })).toEqual(left);
  expect(asked[0]!.toSorted()).toEqual(['0', '1', '2', '3', '4']);
  expect(await idsOf({ customer: '1' })).toEqual(many.filter((_, n) => n % 5 === 1 && stays(n)).map(({ id }) => id));
  expect(await idsOf({ customer: '2' })).toEqual([]);
});

test('a page ends where it becomes large', async () => {
  const long = Array.from({ length: 6 }, (_, n) => event({ id: `l-${n}`, data: { text: 'x'.repeat(1_000_000) } }));
  const pages = await pagesOf(await storeWith(long));
  expect(pages.map(({ lines }) => lines.length)).toEqual([5, 1]);
  expect(pages[0]!.lines.slice(0, 4).join('').length).toBeLessThan(EXPORTED_LENGTH_MAX);
});

test.each([
  ['that is still JSON', `body = replace(body, 'e-1', 'e-x')`],
  ['that is none', `body = substr(body, 2)`],
  ['whose stream is lost', `stream = 'x'`],
])('a damaged event %s is told in its place, as an event that no system takes', async (_, damage) => {
  const three = ['e-0', 'e-1', 'e-2'].map((id) => event({ id }));
  const store = await storeWith(three, `UPDATE events SET ${damage} WHERE position = 2`);
  const [page] = await pagesOf(store, { type: 'test.happened.v1' });
  const events = page!.lines.map((line) => JSON.parse(line));
  expect(events.map(({ id }) => id)).toEqual(['e-0', '2', 'e-2']);
  expect(events[1]).toMatchObject({
    type: 'touchstone.event.damaged.v1',
    touchstoneposition: '2',
    data: { stored: expect.stringContaining('specversion') },
  });
  expect(page!.damaged).toBe(1);
});
