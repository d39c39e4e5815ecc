import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutNamedIn, toldCut } from '@touchstone/customer-folds';
import {
  availableSqliteDrivers,
  type EventStore,
  openEventStore,
  type StoredEvent,
  sqliteEventStore,
} from '@touchstone/event-store';
import { type CopySide, type CopySummary, copyLog, openCopySource, openCopyTarget } from '@touchstone/event-store/copy';
import { createLogger } from '@touchstone/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { watchCuts } from '../../services/touchstone/src/cut-watch.ts';
import { type AppendFault, firstTimes } from '../eventstoredb-server/faults.ts';
import { RpcError } from '../eventstoredb-server/messages.ts';
import { errorOf, event, givenServer } from './eventstoredb-stores.ts';

const BEGIN = 1_700_000_000_000;
const EVENTS = 240;

function givenFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'events.db');
}

/**
 * A log of some hours: events appended one by one and in groups, some of the system's own, and
 * rejections, some of them resolved.
 */
async function givenLog(): Promise<string> {
  const file = givenFile();
  let now = BEGIN;
  const store = await sqliteEventStore({ file, now: () => now });
  for (let n = 0; n < EVENTS; n += 4) {
    now += (n % 7) * 9_000;
    const stream = n % 28 === 0 ? 'definitions' : `customer-${n % 5}`;
    await store.append([0, 1, 2, 3].map((at) => event(at < 2 ? stream : `customer-${at}`, `${n + at}`, { n, at }, n)));
    if (n % 40 !== 0) continue;
    const { code, errors, payload, origin } = { code: 'conflict', errors: '[]', payload: `{"n":${n}}`, origin: 'http' };
    await store.keepRejections([{ code, errors, payload, origin, eventId: String(n) }]);
  }
  now += 60_000;
  await store.resolveRejections([2n, 4n]);
  await store.close();
  return file;
}

/** Everything that must be the same in a copy. */
async function contentOf(store: EventStore) {
  const events: unknown[] = [];
  const told = ({ stream, source, id, type, time, body, recordedAt }: StoredEvent) => [
    stream,
    source,
    id,
    type,
    time,
    body,
    recordedAt,
  ];
  for await (const page of store.readAll()) events.push(...page.map(told));
  const followed: unknown[] = [];
  const stop = new AbortController();
  for await (const item of store.subscribe({ signal: stop.signal })) {
    if (item.kind === 'events') followed.push(...item.events.map(told));
    else break;
  }
  stop.abort();
  const span = { from: BEGIN - (BEGIN % 60_000), to: BEGIN - (BEGIN % 60_000) + 4 * 3_600_000 };
  const { counts } = await store.countMinutes(span);
  return {
    events,
    followed,
    streams: [await store.readStream('customer-2'), await store.readStream('definitions')].map((page) =>
      page.map(told),
    ),
    rejections: await store.listRejections({ limit: 100, includeResolved: true }),
    counts: await store.counts(),
    greatestTime: await store.greatestTime(),
    lastRecordedAt: await store.lastRecordedAt(),
    minutes: counts.map(({ minute, source, accepted, stored }) => [minute, source, accepted, stored.events]),
  };
}

async function contentAt(url: string) {
  const store = await openEventStore(url);
  const content = await contentOf(store);
  await store.close();
  return content;
}

const ofEvents = ({ stream }: { readonly stream: string }) => !stream.startsWith('touchstone-');

interface Copying {
  readonly isLast?: boolean;
  /** Ends the copy after this many events, as a kill does. */
  readonly killedAfter?: number;
  /** Lets the last step fail: the target cannot be opened for appends. */
  readonly isEndless?: boolean;
  readonly inFlight?: number;
}

async function copy(
  from: string,
  to: string,
  { isLast = true, killedAfter, isEndless = false, inFlight = 1 }: Copying = {},
): Promise<CopySummary> {
  const [source, target] = [await openCopySource(from), await openCopyTarget(to, inFlight)];
  let left = killedAfter ?? Number.POSITIVE_INFINITY;
  const append: typeof target.append = async (events, log, signal) => {
    if (killedAfter === undefined) return target.append(events, log, signal);
    for (const one of events) {
      if (left-- <= 0) throw new Error('killed');
      await target.append([one], log, signal);
    }
  };
  try {
    const signal = new AbortController().signal;
    const liftSeal = isEndless ? () => Promise.reject(new Error('gone at the last moment')) : target.liftSeal;
    return await copyLog({
      source,
      target: { ...target, append, liftSeal },
      namedPositionIn: cutNamedIn,
      isLast,
      signal,
      notedMs: 0,
      onProgress: () => {},
    });
  } finally {
    await target.close();
    await source.close();
  }
}

it('embedded → EventStoreDB → embedded: events, order, times of recording, counts by minute and rejections are the same, whatever fails on the way', async () => {
  const first = await givenLog();
  const server = await givenServer();
  const original = await contentAt(`sqlite:${first}`);
  expect(original.events).toHaveLength(EVENTS);

  for (const killedAfter of [7, 60, 1])
    await expect(copy(first, server.url, { killedAfter })).rejects.toThrow('killed');
  server.faults.append = firstTimes(3, new RpcError(14, 'not now'), ofEvents);
  await expect(copy(first, server.url, { killedAfter: 20 })).rejects.toThrow('killed');
  server.faults.append = firstTimes(1, 'never answered', ofEvents);
  await expect(copy(first, server.url, { killedAfter: 20 })).rejects.toThrow('killed');
  server.faults.append = firstTimes(2, 'stored, then cut', ofEvents);
  const there = await copy(first, server.url);
  server.faults.append = undefined;
  expect(there.copy).toEqual(there.source);
  expect(there).toMatchObject({ isSealed: true, rejections: 6, source: { events: EVENTS } });
  expect(await contentAt(server.url)).toEqual(original);

  const second = givenFile();
  await expect(copy(server.url, `sqlite:${second}`, { killedAfter: 100 })).rejects.toThrow('killed');
  const back = await copy(server.url, `sqlite:${second}`);
  expect(back.copy).toMatchObject({ byStream: there.copy.byStream, byMinute: there.copy.byMinute });
  expect(await contentAt(`sqlite:${second}`)).toEqual(original);
  expect(new Set([there.logs.source, there.logs.copy, back.logs.copy]).size).toBe(3);
}, 120_000);

it('with several appends in flight a broken connection leaves nothing out of order, and what a server leaves out for good is told', async () => {
  const first = await givenLog();
  const original = await contentAt(`sqlite:${first}`);
  const faults: readonly AppendFault[] = ['cut', 'stored, then cut', 'call ended', new RpcError(14, 'not now')];
  const server = await givenServer();
  let appends = 0;
  server.faults.append = (seen) => {
    if (!ofEvents(seen)) return undefined;
    appends++;
    return appends % 30 === 0 ? faults[appends / 30 - 1] : undefined;
  };
  expect((await copy(first, server.url, { isLast: false, inFlight: 16 })).copy).toMatchObject({ events: EVENTS });
  expect(appends).toBeGreaterThan(30 * faults.length);
  expect(await contentAt(server.url)).toEqual(original);

  const other = await givenServer();
  let isDropped = false;
  other.faults.append = (seen) => {
    if (isDropped || !ofEvents(seen) || other.counted.appends < 50) return undefined;
    isDropped = true;
    return 'never answered';
  };
  for (const inFlight of [16, 1]) {
    expect(await errorOf(copy(first, other.url, { isLast: false, inFlight }))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('begin anew'),
    });
  }
}, 60_000);

it('a log that is open goes on taking events while it is copied, is sealed with the place that they go to now, and is not where that fails', async () => {
  const file = await givenLog();
  const server = await givenServer();
  const running = await openEventStore(`sqlite:${file}`);
  onTestFinished(() => running.close());
  expect(await copy(file, server.url, { isLast: false })).toMatchObject({ isSealed: false, copy: { events: EVENTS } });
  expect((await running.append([event('customer-1', 'meanwhile')])).outcomes).toEqual(['accepted']);
  await running.resolveRejections([1n]);
  expect(await errorOf(copy(file, server.url, { isEndless: true }))).toMatchObject({
    message: 'gone at the last moment',
  });
  expect((await running.append([event('customer-1', 'still')])).outcomes).toEqual(['accepted']);
  expect(await copy(file, server.url)).toMatchObject({ isSealed: true, copy: { events: EVENTS + 2 } });

  const refused = await errorOf(running.append([event('customer-1', 'late')]));
  expect(refused).toMatchObject({
    code: 'sealed',
    message: expect.stringContaining(`esdb://127.0.0.1:${server.port}`),
  });
  expect(await errorOf(running.keepRejections([]))).toMatchObject({ code: 'sealed' });
  expect(await contentAt(server.url)).toEqual(await contentOf(running));
  expect(await errorOf(copy(file, server.url))).toMatchObject({ message: expect.stringContaining('nothing to do') });

  const side = await openCopySource(file);
  await side.liftSeal();
  await side.close();
  expect((await running.append([event('customer-1', 'late')])).outcomes).toEqual(['accepted']);
}, 60_000);

it('a copy that is given up ends within the append that is under way, and behind the seal has the source take events again; the next run goes on from there', async () => {
  const file = await givenLog();
  const server = await givenServer();
  const running = await openEventStore(`sqlite:${file}`);
  onTestFinished(() => running.close());
  const copyUntil = async (change: (source: CopySide, stop: () => void) => Partial<CopySide>) => {
    const [source, target] = [await openCopySource(file), await openCopyTarget(server.url)];
    const stopping = new AbortController();
    const stopped = { ...source, ...change(source, () => stopping.abort(new Error('stopped'))) };
    try {
      return await copyLog({
        source: stopped,
        target,
        namedPositionIn: cutNamedIn,
        isLast: true,
        signal: stopping.signal,
        onProgress: () => {},
      });
    } finally {
      await target.close();
      await source.close();
    }
  };
  const published = () => server.log.records.filter(({ stream }) => /^(customer|definitions)/.test(stream)).length;

  const early = copyUntil((_, stop) => {
    server.faults.append = () => {
      if (published() === 100) stop();
      return undefined;
    };
    return {};
  });
  expect(await errorOf(early)).toMatchObject({ message: 'stopped' });
  server.faults.append = undefined;
  // At most one append more, of the few that were recorded together.
  expect(published()).toBeLessThan(110);
  expect((await running.append([event('customer-1', 'meanwhile')])).outcomes).toEqual(['accepted']);

  const late = copyUntil((source, stop) => ({
    async setSeal(seal) {
      await source.setSeal(seal);
      stop();
    },
  }));
  expect(await errorOf(late)).toMatchObject({ message: 'stopped' });
  expect((await running.append([event('customer-1', 'after')])).outcomes).toEqual(['accepted']);
  expect(await copy(file, server.url)).toMatchObject({ isSealed: true, copy: { events: EVENTS + 2 } });
  expect(await contentAt(server.url)).toEqual(await contentOf(running));
}, 60_000);

it('a log in EventStoreDB is sealed for every process within a moment, and what is filled takes nothing else meanwhile', async () => {
  const server = await givenServer();
  const running = await openEventStore(`${server.url}&namespace=old.`);
  onTestFinished(() => running.close());
  await running.append([event('customer-1', 'a'), event('customer-2', 'b')]);
  const file = givenFile();
  await expect(
    copy(`${server.url}&namespace=old.`, `${server.url}&namespace=new.`, { killedAfter: 1 }),
  ).rejects.toThrow();
  const filled = await openEventStore(`${server.url}&namespace=new.`);
  onTestFinished(() => filled.close());
  expect(await errorOf(filled.append([event('customer-1', 'c')]))).toMatchObject({
    code: 'sealed',
    message: expect.stringContaining('is being filled'),
  });
  expect(await errorOf(copy(`${server.url}&namespace=old.`, `sqlite:${file}`, { killedAfter: 0 }))).toMatchObject({
    message: 'killed',
  });
  expect((await running.append([event('customer-1', 'c')])).outcomes).toEqual(['accepted']);

  expect(await copy(`${server.url}&namespace=old.`, `${server.url}&namespace=new.`)).toMatchObject({ isSealed: true });
  expect(await errorOf(running.append([event('customer-1', 'd')]))).toMatchObject({ code: 'sealed' });
  expect(await errorOf(copy(`${server.url}&namespace=old.`, `sqlite:${file}`))).toMatchObject({
    message: expect.stringMatching(/was copied to .*--lift/),
  });
}, 60_000);

it('what is published behind a copy never counts as recorded before it, though the clock of the server is behind that of the source', async () => {
  const file = givenFile();
  const ahead = Date.now() + 3_600_000;
  const first = await sqliteEventStore({ file, now: () => ahead });
  await first.append([event('customer-1', 'a')]);
  await first.close();
  const server = await givenServer();
  await copy(file, server.url);
  const store = await openEventStore(server.url);
  onTestFinished(() => store.close());
  await store.append([event('customer-1', 'b'), event('customer-2', 'c')]);
  await store.keepRejections([{ code: 'conflict', errors: '[]', payload: '{}', origin: 'http' }]);
  const times = (await contentOf(store)).events as unknown[][];
  expect(times.map((told) => told[6])).toEqual([ahead, ahead, ahead]);
  expect((await store.readStream('customer-2')).map(({ recordedAt }) => recordedAt)).toEqual([ahead]);
  expect(await store.listRejections({ limit: 1 })).toMatchObject([{ rejectedAt: ahead }]);
  expect(await store.lastRecordedAt()).toBe(ahead);
}, 60_000);

it('what is told to be gone of a customer is gone in the copy too, and in the copy of that: the same events, though they stand elsewhere', async () => {
  const server = await givenServer();
  const store = await openEventStore(server.url);
  onTestFinished(() => store.close());
  const cuts = watchCuts(createLogger({ level: 'silent' }));
  onTestFinished(cuts.stop);
  cuts.attend(store);
  const customers = [0, 1, 2, 3, 4];
  const publish = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      await store.append(customers.flatMap((c) => ['a', 'b'].map((id) => event(`customer-${c}`, `${c}-${n}${id}`))));
    }
  };
  await publish(0, 4);
  server.log.softDelete('customer-0');
  server.log.limit('customer-1', { $maxCount: 3 });
  server.log.limit('customer-2', { $tb: 5 });
  server.log.softDelete('customer-3');
  await store.append([event('customer-3', 'again')]);
  for (const c of [0, 1, 2, 3]) expect(await cuts.look(`${c}`, 'audit')).toBe(true);
  await publish(4, 6);
  server.log.limit('customer-1', { $maxCount: 1 });
  expect(await cuts.look('1', 'audit')).toBe(true);

  const left = async (url: string) => {
    const log = await openEventStore(url);
    const ids = customers.map(async (c) => {
      const cut = await toldCut(log, `${c}`);
      return (await log.readStream(`customer-${c}`, { after: cut?.upTo })).map(({ id }) => id);
    });
    const found = await Promise.all(ids);
    await log.close();
    return found;
  };
  const original = await left(server.url);
  expect(original.map(({ length }) => length)).toEqual([4, 1, 7, 5, 12]);
  const [file, second] = [givenFile(), await givenServer()];
  expect(await copy(server.url, `sqlite:${file}`)).toMatchObject({ isSealed: true });
  expect(await left(`sqlite:${file}`)).toEqual(original);
  await copy(`sqlite:${file}`, second.url);
  expect(await left(second.url)).toEqual(original);
}, 60_000);

it('an event that is damaged in the source has its place in the copy, damaged, and the others are as they are', async () => {
  const file = await givenLog();
  const [driver] = availableSqliteDrivers();
  const database = driver!.open(file);
  database.exec("UPDATE events SET body = '{\"half' WHERE position IN (10, 11)");
  database.close();
  const server = await givenServer();
  expect(await copy(file, server.url)).toMatchObject({ copy: { events: EVENTS } });
  const original = (await contentAt(`sqlite:${file}`)).events as unknown[][];
  const copied = (await contentAt(server.url)).events as unknown[][];
  expect(copied).toHaveLength(EVENTS);
  copied.forEach((event, at) => {
    const [stream, body] = [event[0], event[5]];
    expect([stream, body]).toEqual([original[at]![0], original[at]![5]]);
    if (at === 9 || at === 10) expect(body).toBe('damaged: {"half');
    else expect(event).toEqual(original[at]);
  });
}, 60_000);

it('a copy is refused where other events are, onto itself, and where an event is larger than the target takes', async () => {
  const [file, other] = [await givenLog(), await givenLog()];
  expect(await errorOf(copy(file, other))).toMatchObject({ message: expect.stringContaining('a place that is empty') });
  expect(await errorOf(copy(file, file))).toMatchObject({ message: expect.stringContaining('the same log') });
  const server = await givenServer({ maxAppendBytes: 16 * 1024 });
  const store = await openEventStore(`sqlite:${file}`);
  await store.append([event('customer-1', 'large', { text: 'x'.repeat(20_000) })]);
  await store.close();
  expect(await errorOf(copy(file, server.url))).toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/"large" at position 241 .*takes 16384 .*MaxAppendSize/),
  });
  server.faults.maxAppendBytes = 64 * 1024;
  expect(await copy(file, server.url)).toMatchObject({ copy: { events: EVENTS + 1 } });
}, 60_000);

it('the password of a server is in no place that is told, whatever letters it has', async () => {
  const server = await givenServer();
  const side = await openCopySource(server.url.replace('//', '//admin:se/cret@'));
  expect(side.place).toBe(server.url.replace('//', '//***@'));
  await side.close();
});
