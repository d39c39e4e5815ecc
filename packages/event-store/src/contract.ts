import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { event } from './contract-event.ts';
import {
  type EventStore,
  type EventToAppend,
  type MinuteCounts,
  positionChecksum,
  type Rejection,
  type StoredEvent,
  type SubscriptionItem,
} from './port.ts';

const MINUTE_MS = 60_000;

/** One place where a store keeps its data, for one test. */
export interface EventStorePlace {
  /** Opens the store there; the first time it is empty. Called again after `close()`, it must find what was stored. */
  open(): Promise<EventStore>;
  /** Called once, after the store was closed. */
  destroy(): Promise<void>;
}

/**
 * What every event store promises, as tests: `eventStoreContract('sqlite', place)` in a test file of the adapter. `place` is called for each test. Nothing here assumes
 * that positions are dense, nor that the log holds only what the test appended before the store's own bookkeeping.
 */
export function eventStoreContract(name: string, place: () => Promise<EventStorePlace> | EventStorePlace): void {
  describe(`${name} keeps the contract of the event store:`, () => {
    const context = {} as ContractContext;
    beforeEach(async () => {
      context.place = await place();
      context.store = await context.place.open();
      context.reopen = async () => {
        await context.store.close();
        context.store = await context.place.open();
        return context.store;
      };
    });
    afterEach(async () => {
      await context.store?.close();
      await context.place?.destroy();
    });
    appending(context);
    identity(context);
    reading(context);
    subscribing(context);
    counting(context);
    countingMinutes(context);
    rejecting(context);
    closing(context);
  });
}

interface ContractContext {
  place: EventStorePlace;
  store: EventStore;
  /** Closes the store and opens it again over the same data. */
  reopen: () => Promise<EventStore>;
}

function appending(context: ContractContext) {
  test('new events are accepted and read back as they were', async () => {
    const events = [
      event({ id: 'a' }),
      event({ id: 'b', stream: 'customer-2' }),
      event({ id: 'c', stream: 'changes-1' }),
    ];
    const before = Date.now();
    const { verdicts, position } = await context.store.append(events);
    expect(verdicts).toEqual(['accepted', 'accepted', 'accepted']);
    const stored = await everything(context.store);
    expect(stored.map(asAppended)).toEqual(events);
    expect(stored.at(-1)?.position).toBe(position);
    for (const { recordedAt } of stored) {
      expect(recordedAt).toBeGreaterThanOrEqual(before - 1000);
      expect(recordedAt).toBeLessThanOrEqual(Date.now() + 1000);
    }
  });

  test('an append of nothing accepts nothing and answers where the log ends', async () => {
    const { position } = await context.store.append([event()]);
    expect(await context.store.append([])).toEqual({ verdicts: [], position });
    expect(await everything(context.store)).toHaveLength(1);
  });

  test('a batch of 5,000 events over 500 streams is stored whole and in order', async () => {
    const events = Array.from({ length: 5000 }, (_, at) => event({ stream: `customer-${at % 500}`, id: `e-${at}` }));
    const { verdicts } = await context.store.append(events);
    expect(verdicts.every((verdict) => verdict === 'accepted')).toBe(true);
    const stored = await everything(context.store);
    expect(stored).toHaveLength(5000);
    for (const stream of ['customer-0', 'customer-499']) {
      const ofStream = events.filter((appended) => appended.stream === stream).map(({ id }) => id);
      expect(stored.filter((read) => read.stream === stream).map(({ id }) => id)).toEqual(ofStream);
      expect((await context.store.readStream(stream)).map(({ id }) => id)).toEqual(ofStream);
    }
  });

  test('a batch larger than one statement with repeats in it gets a verdict for each', async () => {
    await context.store.append(Array.from({ length: 130 }, (_, at) => event({ id: `e-${at * 3}` })));
    const { verdicts } = await context.store.append(Array.from({ length: 390 }, (_, at) => event({ id: `e-${at}` })));
    expect(verdicts).toEqual(Array.from({ length: 390 }, (_, at) => (at % 3 === 0 ? 'duplicate' : 'accepted')));
  });

  test('an event of a megabyte comes back whole', async () => {
    const long = event({ id: 'long', data: { comment: 'ä€𝄞 '.repeat(111_000) } });
    expect(Buffer.byteLength(long.body)).toBeGreaterThan(1_000_000);
    await context.store.append([event({ id: 'before' }), long, event({ id: 'after' })]);
    expect((await everything(context.store)).map(asAppended)[1]).toEqual(long);
    expect((await context.store.append([long])).verdicts).toEqual(['duplicate']);
  });

  test('names, ids and bodies keep every character', async () => {
    const odd = event({
      stream: 'customer-Ωmega 𝄞 %/?#"\'\\',
      source: '/quelle/ä?ö=ü#日本',
      id: 'e\u0301-𝄞-"quoted"',
      data: { comment: 'NUL \u0000, lone \ud800, newline \n, זרם' },
    });
    await context.store.append([odd]);
    expect((await everything(context.store)).map(asAppended)).toEqual([odd]);
    expect((await context.store.readStream(odd.stream)).map(asAppended)).toEqual([odd]);
    expect((await context.store.append([odd])).verdicts).toEqual(['duplicate']);
    expect((await context.store.append([{ ...odd, id: 'é-𝄞-"quoted"' }])).verdicts).toEqual(['accepted']);
  });

  test('the time that something was recorded never decreases along the log', async () => {
    for (let at = 0; at < 20; at++)
      await context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 3}` })]);
    const times = (await everything(context.store)).map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
}

function identity(context: ContractContext) {
  test('the same event again is a duplicate and is stored once', async () => {
    const first = await context.store.append([event()]);
    const again = await context.store.append([event()]);
    expect(again.verdicts).toEqual(['duplicate']);
    expect(again.position).toBeGreaterThanOrEqual(first.position);
    expect(await everything(context.store)).toHaveLength(1);
  });

  test('the same identity with other content is a conflict and the first stays', async () => {
    await context.store.append([event({ data: { outcome: 'succeeded' } })]);
    const others = [event({ data: { outcome: 'failed' } }), event({ time: 7 }), event({ type: 'other.v1' })];
    expect((await context.store.append(others)).verdicts).toEqual(['conflict', 'conflict', 'conflict']);
    expect((await everything(context.store)).map(asAppended)).toEqual([event({ data: { outcome: 'succeeded' } })]);
  });

  test('the order of keys is no difference in content', async () => {
    await context.store.append([event({ data: { a: 1, b: { c: [1, 2], d: null } } })]);
    const turned = event({ data: { b: { d: null, c: [1, 2] }, a: 1 } });
    const otherArray = event({ data: { b: { d: null, c: [2, 1] }, a: 1 } });
    expect((await context.store.append([turned, otherArray])).verdicts).toEqual(['duplicate', 'conflict']);
  });

  test('extension attributes are no difference in content', async () => {
    const body = (extensions: object) => {
      const plain = event();
      return { ...plain, body: JSON.stringify({ ...JSON.parse(plain.body), ...extensions }) };
    };
    await context.store.append([body({ traceparent: '00-1' })]);
    expect((await context.store.append([body({ traceparent: '00-2' }), body({})])).verdicts).toEqual([
      'duplicate',
      'duplicate',
    ]);
  });

  test('one instant written in two ways is no difference in content', async () => {
    const plain = event({ time: Date.UTC(2026, 0, 1) });
    await context.store.append([plain]);
    const body = JSON.stringify({ ...JSON.parse(plain.body), time: '2026-01-01T01:00:00+01:00' });
    expect((await context.store.append([{ ...plain, body }])).verdicts).toEqual(['duplicate']);
  });

  test('the same id under another customer or source is another event', async () => {
    const events = [event(), event({ stream: 'customer-2' }), event({ source: '/other' })];
    expect((await context.store.append(events)).verdicts).toEqual(['accepted', 'accepted', 'accepted']);
    // Neither may source and id run together.
    const split = [
      event({ source: '/a', id: 'b/c' }),
      event({ source: '/a/b', id: 'c' }),
      event({ source: '/ab', id: '/c' }),
    ];
    expect((await context.store.append(split)).verdicts).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('within one append the first of an identity wins', async () => {
    const { verdicts } = await context.store.append([
      event({ id: 'a', data: { n: 1 } }),
      event({ id: 'a', data: { n: 1 } }),
      event({ id: 'a', data: { n: 2 } }),
      event({ id: 'b' }),
    ]);
    expect(verdicts).toEqual(['accepted', 'duplicate', 'conflict', 'accepted']);
    expect((await everything(context.store)).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('of concurrent appends of one event exactly one is accepted', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => context.store.append([event({ id: 'same' }), event({ id: `own-${at}` })])),
    );
    const verdicts = answers.map((answer) => answer.verdicts[0]);
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(19);
    expect(answers.every((answer) => answer.verdicts[1] === 'accepted')).toBe(true);
    expect(await everything(context.store)).toHaveLength(21);
  });

  test('of concurrent appends of one identity with different contents one is accepted and the others conflict', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => context.store.append([event({ data: { n } })])),
    );
    expect(answers.map((answer) => answer.verdicts[0]).sort()).toEqual(['accepted', ...Array(9).fill('conflict')]);
  });
}

function reading(context: ContractContext) {
  const appendTen = async () => {
    for (let at = 0; at < 10; at++) {
      await context.store.append([event({ id: `e-${at}`, stream: at % 2 === 0 ? 'customer-even' : 'changes-odd' })]);
    }
    return everything(context.store);
  };

  test('an empty log has nothing in it', async () => {
    expect(await everything(context.store)).toEqual([]);
    expect(await context.store.readStream('customer-1')).toEqual([]);
    expect(await context.store.greatestTime()).toBeNull();
    expect(await context.store.counts()).toEqual({ accepted: 0, stored: 0 });
  });

  test('positions strictly increase along the log and the head is the last of them', async () => {
    const stored = await appendTen();
    const positions = stored.map(({ position }) => position);
    expect(new Set(positions).size).toBe(10);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
    expect(positions[0]).toBeGreaterThan(0n);
    expect(await context.store.head()).toBe(positions.at(-1));
  });

  test('a stream holds its own events in log order, from and up to a position', async () => {
    const even = (await appendTen()).filter(({ stream }) => stream === 'customer-even');
    const ids = async (options: { after?: bigint; upTo?: bigint }) =>
      (await context.store.readStream('customer-even', options)).map(({ id }) => id);
    expect(await ids({})).toEqual(['e-0', 'e-2', 'e-4', 'e-6', 'e-8']);
    expect(await ids({ after: even[1]!.position })).toEqual(['e-4', 'e-6', 'e-8']);
    expect(await ids({ upTo: even[1]!.position })).toEqual(['e-0', 'e-2']);
    expect(await ids({ after: even[0]!.position, upTo: even[3]!.position })).toEqual(['e-2', 'e-4', 'e-6']);
    expect(await ids({ after: even[4]!.position })).toEqual([]);
    expect(await context.store.readStream('customer-eve')).toEqual([]);
  });

  test('the log is read from and up to a position', async () => {
    const stored = await appendTen();
    const ids = async (options: { after?: bigint; upTo?: bigint }) =>
      (await everything(context.store, options)).map(({ id }) => id);
    expect(await ids({ after: stored[6]!.position })).toEqual(['e-7', 'e-8', 'e-9']);
    expect(await ids({ upTo: stored[2]!.position })).toEqual(['e-0', 'e-1', 'e-2']);
    expect(await ids({ after: stored[2]!.position, upTo: stored[4]!.position })).toEqual(['e-3', 'e-4']);
    expect(await ids({ after: stored[9]!.position })).toEqual([]);
  });

  test('the log is read for the streams that begin with a prefix', async () => {
    await appendTen();
    expect((await everything(context.store, { streamPrefix: 'changes-' })).map(({ id }) => id)).toEqual([
      'e-1',
      'e-3',
      'e-5',
      'e-7',
      'e-9',
    ]);
    expect(await everything(context.store, { streamPrefix: 'none-' })).toEqual([]);
  });

  test('no page is larger than asked for', async () => {
    const stored = await appendTen();
    const pages: (readonly StoredEvent[])[] = [];
    for await (const page of context.store.readAll({ pageSize: 3 })) pages.push(page);
    expect(pages.every((page) => page.length > 0 && page.length <= 3)).toBe(true);
    expect(pages.flat().map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
  });

  test('a read ends at the head as it was when it began', async () => {
    await appendTen();
    const ids: string[] = [];
    for await (const page of context.store.readAll({ pageSize: 4 })) {
      ids.push(...page.map(({ id }) => id));
      await context.store.append([event({ id: `later-${ids.length}` })]);
    }
    expect(ids).toEqual(Array.from({ length: 10 }, (_, at) => `e-${at}`));
  });
}

function subscribing(context: ContractContext) {
  const subscribe = (options: { after?: bigint; streamPrefix?: string; pageSize?: number } = {}) => {
    const abort = new AbortController();
    const items = context.store.subscribe({ ...options, signal: abort.signal })[Symbol.asyncIterator]();
    return { items, abort };
  };
  const ids = (items: readonly SubscriptionItem[]) =>
    items.flatMap((item) => (item.kind === 'events' ? item.events.map(({ id }) => id) : []));

  test('a subscription from the start delivers all, says that it has caught up, and goes on with what is appended', async () => {
    await context.store.append([event({ id: 'a' }), event({ id: 'b' })]);
    const { items, abort } = subscribe();
    expect(ids(await untilCaughtUp(items, await context.store.head()))).toEqual(['a', 'b']);
    const { position } = await context.store.append([event({ id: 'c' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['c']);
    await context.store.append([event({ id: 'd' })]);
    const last = await context.store.append([event({ id: 'e' })]);
    expect(ids(await untilCaughtUp(items, last.position))).toEqual(['d', 'e']);
    abort.abort();
    expect((await items.next()).done).toBe(true);
  });

  test('a subscription to an empty log has caught up at once', async () => {
    const { items, abort } = subscribe();
    expect(await items.next()).toMatchObject({ done: false, value: { kind: 'caughtUp' } });
    const { position } = await context.store.append([event({ id: 'a' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['a']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription from the middle delivers what comes after it', async () => {
    const first = await context.store.append([event({ id: 'a' }), event({ id: 'b' })]);
    await context.store.append([event({ id: 'c' })]);
    const { items, abort } = subscribe({ after: first.position });
    expect(ids(await untilCaughtUp(items, await context.store.head()))).toEqual(['c']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription to a prefix delivers those streams alone and still tells how far it is', async () => {
    const { items, abort } = subscribe({ streamPrefix: 'customer-' });
    await context.store.append([event({ id: 'a' })]);
    const { position } = await context.store.append([event({ id: 'b', stream: 'changes-1' })]);
    expect(ids(await untilCaughtUp(items, position))).toEqual(['a']);
    abort.abort();
    await items.return?.();
  });

  test('a subscription that waits ends when it is aborted', async () => {
    const { items, abort } = subscribe();
    await untilCaughtUp(items, 0n);
    const waiting = items.next();
    abort.abort();
    expect((await waiting).done).toBe(true);
  });

  test('a slow reader holds up neither appends nor other readers, and misses nothing', async () => {
    const slow = subscribe({ pageSize: 10 });
    const quick = subscribe({ pageSize: 10 });
    await context.store.append([event({ id: 'e-0' })]);
    await slow.items.next();
    for (let at = 1; at < 100; at++)
      await context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 7}` })]);
    const head = await context.store.head();
    expect(ids(await untilCaughtUp(quick.items, head))).toHaveLength(100);
    const rest = ids(await untilCaughtUp(slow.items, head));
    expect(new Set(rest).size).toBe(rest.length);
    expect(rest.at(-1)).toBe('e-99');
    expect(rest.length).toBeGreaterThanOrEqual(99);
    for (const { abort, items } of [slow, quick]) {
      abort.abort();
      await items.return?.();
    }
  });

  test('many subscriptions see the same events in the same order while many append', async () => {
    const readers = Array.from({ length: 5 }, () => subscribe({ pageSize: 7 }));
    const appended = Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 9}` })]),
      ),
    );
    await appended;
    const head = await context.store.head();
    const seen = await Promise.all(readers.map(async ({ items }) => ids(await untilCaughtUp(items, head))));
    expect(seen[0]).toHaveLength(60);
    for (const other of seen) expect(other).toEqual(seen[0]);
    for (const { abort, items } of readers) {
      abort.abort();
      await items.return?.();
    }
  });
}

function counting(context: ContractContext) {
  test('published events are counted as accepted and as stored, and the others as neither', async () => {
    await context.store.append([event({ id: 'a' }), event({ id: 'b', stream: 'customer-2' }), event({ id: 'a' })]);
    await context.store.append([event({ id: 'x', stream: 'changes-1' }), event({ id: 'y', stream: 'definitions' })]);
    await context.store.append([event({ id: 'a', data: { other: true } })]);
    expect(await context.store.counts()).toEqual({ accepted: 2, stored: 2 });
    expect(await (await context.reopen()).counts()).toEqual({ accepted: 2, stored: 2 });
  });

  test('the greatest time is that of a published event, wherever it stands in the log', async () => {
    await context.store.append([
      event({ id: 'a', time: 5000 }),
      event({ id: 'b', time: 9000 }),
      event({ id: 'c', time: 7000 }),
    ]);
    await context.store.append([event({ id: 'd', time: 99_000, stream: 'changes-1' })]);
    expect(await context.store.greatestTime()).toBe(9000);
    expect(await (await context.reopen()).greatestTime()).toBe(9000);
  });
}

function countingMinutes(context: ContractContext) {
  /** Around everything that a test appends, with a minute to spare where the store's clock is not ours. */
  const span = async () => {
    const last = (await context.store.lastRecordedAt()) ?? Date.now();
    const minute = last - (last % MINUTE_MS);
    return { from: minute - 5 * MINUTE_MS, to: minute + MINUTE_MS };
  };
  /** Sums over minutes, because a test may run across the end of one. */
  const bySource = (counts: readonly MinuteCounts[]) => {
    const sums: Record<string, { accepted: number; stored: number; upTo: number[] }> = {};
    for (const { source, accepted, stored, upTo } of counts) {
      sums[source] ??= { accepted: 0, stored: 0, upTo: upTo.map(() => 0) };
      const sum = sums[source];
      sum.accepted += accepted;
      sum.stored += stored.events;
      for (const [at, { events }] of upTo.entries()) sum.upTo[at]! += events;
    }
    return sums;
  };
  const appendMixed = async () => {
    await context.store.append([
      event({ id: 'a', source: '/shop' }),
      event({ id: 'b', source: '/bank "ä"' }),
      event({ id: 'c', source: '/shop' }),
      event({ id: 'd', source: '/shop', stream: 'customer-2' }),
      event({ id: 'x', source: '/shop', stream: 'changes-1' }),
    ]);
    await context.store.append([event({ id: 'a', source: '/shop' }), event({ id: 'e', source: '/bank "ä"' })]);
    await context.store.append([event({ id: 'a', source: '/shop', data: { other: true } })]);
  };

  test('an empty log was never written to, and has no minutes', async () => {
    expect(await context.store.lastRecordedAt()).toBeNull();
    expect(await context.store.countMinutes({ from: 0, to: 100 * MINUTE_MS })).toEqual({ ranges: [], counts: [] });
  });

  test('what was accepted and what is stored is told by minute and source, of published events alone', async () => {
    await appendMixed();
    const expected = {
      '/shop': { accepted: 3, stored: 3, upTo: [] },
      '/bank "ä"': { accepted: 2, stored: 2, upTo: [] },
    };
    expect(bySource((await context.store.countMinutes(await span())).counts)).toEqual(expected);
    const store = await context.reopen();
    expect(bySource((await store.countMinutes(await span())).counts)).toEqual(expected);
  });

  test('each event is counted in the minute in which it was recorded, and lies in the range of that minute', async () => {
    await appendMixed();
    const { ranges, counts } = await context.store.countMinutes(await span());
    const stored = await everything(context.store);
    expect(await context.store.lastRecordedAt()).toBe(stored.at(-1)!.recordedAt);
    const checksums = new Map<string, number>();
    for (const { position, source, stream } of stored) {
      const range = ranges.find(({ after, upTo }) => position > after && position <= upTo)!;
      if (!stream.startsWith('customer-')) continue;
      const key = `${range.minute} ${source}`;
      checksums.set(key, (checksums.get(key) ?? 0) + positionChecksum(position));
    }
    expect(
      new Map(counts.map(({ minute, source, stored: { checksum } }) => [`${minute} ${source}`, checksum])),
    ).toEqual(checksums);
    expect(counts.map(({ minute }) => minute)).toEqual(counts.map(({ minute }) => minute).sort((a, b) => a - b));
    for (const [at, range] of ranges.entries()) {
      expect(range.minute % MINUTE_MS).toBe(0);
      if (at > 0) expect(range.after).toBe(ranges[at - 1]!.upTo);
    }
    expect(ranges[0]!.after).toBeLessThan(stored[0]!.position);
    expect(ranges.at(-1)!.upTo).toBe(stored.at(-1)!.position);
  });

  test('a span begins and ends where it is told', async () => {
    await appendMixed();
    const { from, to } = await span();
    expect((await context.store.countMinutes({ from: to, to: to + MINUTE_MS })).counts).toEqual([]);
    expect((await context.store.countMinutes({ from: from - MINUTE_MS, to: from })).ranges).toEqual([]);
    expect((await context.store.countMinutes({ from, to: from })).counts).toEqual([]);
    await expect((async () => context.store.countMinutes({ from: from + 1, to }))()).rejects.toThrow(RangeError);
  });

  test('what is stored is cut at marks, wherever they lie', async () => {
    await appendMixed();
    const stored = await everything(context.store);
    const marks = [stored[1]!.position, 0n, stored.at(-1)!.position + 1000n, stored[1]!.position, stored[3]!.position];
    const sums = bySource((await context.store.countMinutes({ ...(await span()), marks })).counts);
    const upTo = (source: string) =>
      marks.map(
        (mark) =>
          stored.filter(
            (each) => each.source === source && each.stream.startsWith('customer-') && each.position <= mark,
          ).length,
      );
    expect(sums['/shop']?.upTo).toEqual(upTo('/shop'));
    expect(sums['/bank "ä"']?.upTo).toEqual(upTo('/bank "ä"'));
  });

  test('a span of more events than are to be counted is refused, and says how many there are', async () => {
    await context.store.append(Array.from({ length: 10 }, (_, at) => event({ id: `e-${at}` })));
    await expect(context.store.countMinutes({ ...(await span()), eventsMax: 9 })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('10 events'),
    });
    const { counts } = await context.store.countMinutes({ ...(await span()), eventsMax: 10 });
    expect(bySource(counts)['/test']?.stored).toBe(10);
  });

  test('events that are appended while minutes are counted are in both counts or in neither', async () => {
    await context.store.append([event({ id: 'first' })]);
    const around = await span();
    const wide = { from: around.from, to: around.to + 5 * MINUTE_MS };
    const appending = Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        context.store.append([event({ id: `e-${at}`, stream: `customer-${at % 20}` })]),
      ),
    );
    let isOver = false;
    appending.finally(() => {
      isOver = true;
    });
    do {
      const { accepted, stored } = bySource((await context.store.countMinutes(wide)).counts)['/test']!;
      expect(accepted).toBe(stored);
      await new Promise((resolve) => setImmediate(resolve));
    } while (!isOver);
    await appending;
    expect(bySource((await context.store.countMinutes(wide)).counts)['/test']).toMatchObject({
      accepted: 201,
      stored: 201,
    });
  });
}

function rejecting(context: ContractContext) {
  test('what was rejected is kept as it was, and listed a page at a time', async () => {
    const odd = rejection({
      payload: 'NUL \u0000, lone \ud800, ä𝄞',
      payloadBase64: 'AP8=',
      subject: 'customer ä',
      eventId: 'e-1',
      source: '/s',
    });
    const ids = await context.store.keepRejections([odd, rejection({ code: 'conflict' })]);
    const more = await context.store.keepRejections([rejection({ payload: '' })]);
    const all = [...ids, ...more];
    expect(all).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(all).size).toBe(3);
    const listed = await context.store.listRejections({ limit: 2 });
    expect(listed.map(({ rejectionId }) => rejectionId)).toEqual(all.slice(0, 2));
    expect(listed[0]).toMatchObject(odd);
    expect(listed[0]?.resolvedAt).toBeNull();
    expect(listed[0]?.rejectedAt).toBeGreaterThan(0);
    const next = await context.store.listRejections({ limit: 2, after: all[1]! });
    expect(next.map(({ rejectionId }) => rejectionId)).toEqual(all.slice(2));
    expect(await context.store.listRejections({ limit: 2, after: all[2]! })).toEqual([]);
  });

  test('a resolved rejection leaves the list, and stays to be found', async () => {
    const ids = await context.store.keepRejections([
      rejection({ payload: 'a' }),
      rejection({ payload: 'b' }),
      rejection({ payload: 'c' }),
    ]);
    await context.store.resolveRejections([ids[1]!]);
    await context.store.resolveRejections([ids[1]!]);
    const payloads = async (includeResolved: boolean) =>
      (await context.store.listRejections({ limit: 10, includeResolved })).map(({ payload }) => payload);
    expect(await payloads(false)).toEqual(['a', 'c']);
    expect(await payloads(true)).toEqual(['a', 'b', 'c']);
    const [second, first] = await context.store.getRejections([ids[1]!, ids[0]!, 999_999n]);
    expect(second?.payload).toBe('b');
    expect(second?.resolvedAt).toBeGreaterThan(0);
    expect(first?.resolvedAt).toBeNull();
    expect(await context.store.getRejections([])).toEqual([]);
  });

  test('rejections are no events', async () => {
    await context.store.keepRejections([rejection({})]);
    expect(await context.store.counts()).toEqual({ accepted: 0, stored: 0 });
    expect(await everything(context.store)).toEqual([]);
    expect(await context.store.readStream('customer-1')).toEqual([]);
  });
}

function closing(context: ContractContext) {
  test('reopened, the store knows all it knew: events, identities, rejections', async () => {
    const events = Array.from({ length: 120 }, (_, at) => event({ id: `e-${at}`, stream: `customer-${at % 11}` }));
    await context.store.append(events);
    await context.store.append([event({ id: 'late' })]);
    const [id] = await context.store.keepRejections([rejection({ payload: 'kept' })]);
    const before = await everything(context.store);
    const store = await context.reopen();
    expect((await everything(store)).map(asRead)).toEqual(before.map(asRead));
    const again = await store.append([
      ...events,
      event({ id: 'late' }),
      event({ id: 'e-3', stream: 'customer-3', data: { other: 1 } }),
    ]);
    expect(again.verdicts).toEqual([...Array(121).fill('duplicate'), 'conflict']);
    expect((await store.readStream('customer-3')).map(({ position }) => position)).toEqual(
      before.filter(({ stream }) => stream === 'customer-3').map(({ position }) => position),
    );
    expect((await store.getRejections([id!]))[0]?.payload).toBe('kept');
    const { position } = await store.append([event({ id: 'after' })]);
    expect(position).toBeGreaterThan(before.at(-1)!.position);
  });

  test('closing finishes what was begun', async () => {
    const begun = Array.from({ length: 10 }, (_, at) => context.store.append([event({ id: `e-${at}` })]));
    await Promise.all([context.store.close(), ...begun]);
    context.store = await context.place.open();
    expect(await everything(context.store)).toHaveLength(10);
  });

  test('a closed store refuses, and may be closed again', async () => {
    await context.store.close();
    await context.store.close();
    for (const call of [
      () => context.store.append([event()]),
      () => context.store.head(),
      () => context.store.readStream('customer-1'),
    ]) {
      await expect(call()).rejects.toMatchObject({ name: 'EventStoreError', code: 'closed' });
    }
    context.store = await context.place.open();
  });
}

function rejection(given: Partial<Rejection>): Rejection {
  return {
    code: 'invalid_event',
    errors: '[{"path":"data","message":"is missing"}]',
    payload: '{"id":1}',
    origin: 'http',
    ...given,
  };
}

async function everything(
  store: EventStore,
  options: Parameters<EventStore['readAll']>[0] = {},
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const page of store.readAll(options)) events.push(...page);
  return events;
}

/** Items up to the first word that everything up to `position` was delivered. */
async function untilCaughtUp(items: AsyncIterator<SubscriptionItem>, position: bigint): Promise<SubscriptionItem[]> {
  const seen: SubscriptionItem[] = [];
  for (;;) {
    const { value, done } = await items.next();
    if (done) throw new Error('The subscription ended early.');
    seen.push(value);
    if (value.kind === 'caughtUp' && value.position >= position) return seen;
  }
}

function asAppended({ stream, source, id, type, time, body }: StoredEvent): EventToAppend {
  return { stream, source, id, type, time, body };
}

function asRead(stored: StoredEvent) {
  return { ...asAppended(stored), position: stored.position, recordedAt: stored.recordedAt };
}
