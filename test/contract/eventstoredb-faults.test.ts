import { describe, expect, it, vi } from 'vitest';
import { firstTimes } from '../eventstoredb-server/faults.ts';
import { tooSlow, unavailable } from '../eventstoredb-server/messages.ts';
import { startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { errorOf, event, givenServer, givenStore, IMPATIENT, logOf, PATIENT } from './eventstoredb-stores.ts';

const toCustomers = ({ stream }: { readonly stream: string | undefined }): boolean =>
  stream?.startsWith('customer-') ?? false;

describe('an append whose answer does not come is stored once and answered as accepted', () => {
  for (const fault of [
    'never answered',
    'stored, never answered',
    'cut',
    'stored, then cut',
    'call ended',
    unavailable(),
    { lateMs: 2 * IMPATIENT.callMs },
  ] as const) {
    it(`when it meets: ${typeof fault === 'object' && 'lateMs' in fault ? 'an answer that comes late' : String(fault)}`, async () => {
      const server = await givenServer();
      const store = await givenStore(server);
      await store.append([event('customer-1', 'before')]);
      server.faults.append = firstTimes(1, fault, toCustomers);

      const { outcomes } = await store.append([
        event('customer-1', 'a'),
        event('customer-1', 'b'),
        event('customer-2', 'a'),
      ]);

      expect(outcomes).toEqual(['accepted', 'accepted', 'accepted']);
      const log = await logOf(server);
      expect(log.map(({ stream, id }) => `${stream} ${id}`).sort()).toEqual([
        'customer-1 a',
        'customer-1 b',
        'customer-1 before',
        'customer-2 a',
      ]);
      expect(await store.counts()).toEqual({ accepted: 4, stored: 4 });
    });
  }
});

it('a reader that the server drops because it is slow is counted, warns of nothing, and reads on in pages until it has caught up', async () => {
  const server = await givenServer();
  let dropped = 0;
  const store = await givenStore(server, {
    timing: PATIENT,
    onTooSlow: () => {
      dropped += 1;
    },
  });
  const events = Array.from({ length: 2_500 }, (_, n) => event(`customer-${n % 7}`, `${n}`));
  const stopping = new AbortController();
  const seen: string[] = [];
  let pages = 0;
  server.faults.read = ({ stream, isSubscription }) => {
    if (stream === undefined && !isSubscription && dropped > 0) pages += 1;
    return undefined;
  };
  for await (const item of store.subscribe({ signal: stopping.signal })) {
    if (item.kind === 'events') seen.push(...item.events.map(({ id }) => id));
    else if (dropped === 0) {
      server.endSubscriptions(tooSlow());
      await store.append(events);
    } else if (seen.length === events.length) stopping.abort();
  }
  expect(new Set(seen).size).toBe(2_500);
  expect(dropped).toBe(1);
  expect(pages).toBeGreaterThan(0);
  expect(store.warnings).toEqual([]);
});

it('two hundred appends on their way when the connection is cut are each stored once', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  server.faults.append = firstTimes(1, 'stored, then cut', ({ stream }) => stream === 'customer-100');

  const appends = Array.from({ length: 200 }, (_, n) =>
    store.append([event(`customer-${n}`, 'a'), event(`customer-${n}`, 'b')]),
  );

  const outcomes = (await Promise.all(appends)).flatMap((result) => result.outcomes);
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  const log = await logOf(server);
  expect(log).toHaveLength(400);
  expect(new Set(log.map(({ stream, id }) => `${stream} ${id}`)).size).toBe(400);
});

it('a server that goes on not answering gives a clear error, and the same append may be repeated later', async () => {
  const server = await givenServer();
  const store = await givenStore(server, { timing: { ...IMPATIENT, operationMs: 1_200 } });
  server.faults.append = firstTimes(1_000, 'stored, never answered', toCustomers);

  const error = await errorOf(store.append([event('customer-1', 'a')]));
  server.faults.append = undefined;
  const again = await store.append([event('customer-1', 'a')]);

  expect(error).toMatchObject({ name: 'EventStoreError', code: 'unavailable' });
  expect(error.message).toMatch(/customer-1.*no answer within 500 ms/);
  expect(again.outcomes).toEqual(['duplicate']);
  expect(await logOf(server)).toHaveLength(1);
});

it('a server that falls silent is left for a new connection, and what was unclear is decided there', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append([event('customer-1', 'a')]);

  server.freeze();
  const append = store.append([event('customer-1', 'a'), event('customer-1', 'b')]);
  await vi.waitFor(() => expect(store.warnings.join()).toMatch(/replaced/), { timeout: 10_000 });
  server.thaw();

  expect((await append).outcomes).toEqual(['duplicate', 'accepted']);
  expect(await logOf(server)).toHaveLength(2);
});

it('opening a store on a server that accepts connections and says nothing fails as unavailable', async () => {
  const server = await givenServer();
  server.freeze();
  const error = await errorOf(givenStore(server, { timing: { callMs: 200, operationMs: 500 } }));
  expect(error).toMatchObject({ name: 'EventStoreError', code: 'unavailable' });
});

it('opening a store where nothing listens fails as unavailable', async () => {
  const server = await startEventStoreDbServer();
  await server.stop();
  const error = await errorOf(givenStore(server, { timing: { callMs: 200, operationMs: 500 } }));
  expect(error).toMatchObject({ code: 'unavailable' });
});

it('a store opens although the server first fails to say what it can do', async () => {
  const server = await givenServer();
  let asked = 0;
  server.faults.features = () => {
    asked += 1;
    return asked === 1 ? unavailable() : asked === 2 ? 'never answered' : undefined;
  };
  const store = await givenStore(server);
  expect((await store.append([event('customer-1', 'a')])).outcomes).toEqual(['accepted']);
});

it('a read that is never answered gives a clear error, not a hang', async () => {
  const server = await givenServer();
  const store = await givenStore(server, { timing: { callMs: 200, operationMs: 500 } });
  server.faults.read = () => 'never answered';
  expect(await errorOf(store.readStream('customer-1'))).toMatchObject({ code: 'unavailable' });
  const reading = (async () => {
    for await (const _ of store.readAll());
  })();
  expect(await errorOf(reading)).toMatchObject({ code: 'unavailable' });
});

it('when another node takes the lead, appends go there and a reader misses nothing', async () => {
  const old = await givenServer();
  const next = await givenServer({ log: old.log });
  const store = await givenStore(old);
  const read = readIds(store, 3);
  await store.append([event('customer-1', 'a')]);

  old.faults.leaderPort = next.port;
  const afterwards = await Promise.all([
    store.append([event('customer-1', 'b')]),
    store.append([event('customer-2', 'c')]),
  ]);

  expect(afterwards.flatMap(({ outcomes }) => outcomes)).toEqual(['accepted', 'accepted']);
  expect(next.counted.appends).toBeGreaterThanOrEqual(2);
  old.endSubscriptions(unavailable());
  expect((await read).sort()).toEqual(['a', 'b', 'c']);
  expect(await logOf(next)).toHaveLength(3);
});

it('a server restarted on its port loses and doubles nothing, for writers and readers', async () => {
  const first = await startEventStoreDbServer();
  const store = await givenStore(first, { timing: { ...IMPATIENT, operationMs: 20_000 } });
  const read = readIds(store, 100);
  const appendAll = async (from: number): Promise<void> => {
    for (let n = from; n < from + 50; n++) await store.append([event(`customer-${n % 7}`, `${n}`)]);
  };
  const before = appendAll(0);
  await vi.waitFor(() => expect(first.log.records.length).toBeGreaterThan(20));
  await first.stop();
  const second = await givenServer({ log: first.log, port: first.port });
  await before;
  await appendAll(50);

  const ids = await read;
  expect(new Set(ids).size).toBe(100);
  expect(await logOf(second)).toHaveLength(100);
});

describe('a subscription goes on after its last event, in order, each event once, when', () => {
  const breaks: Record<string, (server: Awaited<ReturnType<typeof givenServer>>) => void> = {
    'the server drops it with an error': (server) => server.endSubscriptions(unavailable()),
    'the server ends it as if all were well': (server) => server.endSubscriptions(),
    'the server drops it because we are slow': (server) => server.endSubscriptions(tooSlow()),
    'the connection is cut': (server) => server.cut(),
    'it falls silent': (server) => {
      server.faults.subscriptionsSilent = true;
    },
  };
  for (const [name, breakIt] of Object.entries(breaks)) {
    it(name, async () => {
      const server = await givenServer();
      const store = await givenStore(server);
      const ids: string[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        for await (const item of store.subscribe({ signal: stop.signal, pageSize: 3 })) {
          if (item.kind === 'events') ids.push(...item.events.map(({ id }) => id));
          if (ids.length >= 30) stop.abort();
        }
      })();
      for (let n = 0; n < 30; n++) {
        if (n === 10 || n === 20) {
          await vi.waitFor(() => expect(ids.length).toBeGreaterThan(5));
          breakIt(server);
        }
        await store.append([event('customer-1', `${n}`)]);
        if (n === 25) {
          const isSilent = server.faults.subscriptionsSilent;
          if (isSilent) await vi.waitFor(() => expect(store.warnings.join()).toMatch(/silent/), { timeout: 20_000 });
          server.faults.subscriptionsSilent = false;
        }
      }
      await reading;
      expect(ids).toEqual(Array.from({ length: 30 }, (_, n) => `${n}`));
    });
  }

  it('the server sends a checkpoint that cannot be', async () => {
    const server = await givenServer();
    const store = await givenStore(server);
    server.faults.oddCheckpoint = 2n ** 64n - 1n;
    const read = readIds(store, 2);
    await store.append([event('customer-1', 'a')]);
    await vi.waitFor(() => expect(store.warnings.join()).toMatch(/18446744073709551615/));
    server.faults.oddCheckpoint = undefined;
    await store.append([event('customer-1', 'b')]);
    expect(await read).toEqual(['a', 'b']);
  });

  it('the server sends a checkpoint ahead of an event it has yet to send, and then breaks', async () => {
    const server = await givenServer();
    const store = await givenStore(server);
    server.faults.oddCheckpoint = 1_000_000n;
    const read = readIds(store, 1);
    await vi.waitFor(() => expect(server.openReads()).toBe(1));
    server.faults.oddCheckpoint = undefined;
    server.endSubscriptions(unavailable());
    await store.append([event('customer-1', 'a')]);
    expect(await read).toEqual(['a']);
  });
});

it('one store of a process breaking its connection does not disturb another, nor the process', async () => {
  const [one, other] = [await givenServer(), await givenServer()];
  const [sound, broken] = [await givenStore(one), await givenStore(other)];
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => {
    uncaught.push(error);
  };
  process.on('uncaughtException', note).on('unhandledRejection', note);
  one.faults.append = firstTimes(1, { lateMs: 200 }, toCustomers);
  other.faults.append = firstTimes(1, 'stored, then cut', toCustomers);

  const appended = await Promise.all([
    sound.append([event('customer-1', 'a')]),
    broken.append([event('customer-1', 'a')]),
  ]);

  expect(appended.flatMap(({ outcomes }) => outcomes)).toEqual(['accepted', 'accepted']);
  expect(sound.warnings).toEqual([]);
  expect([await logOf(one), await logOf(other)].map((log) => log.length)).toEqual([1, 1]);
  process.off('uncaughtException', note).off('unhandledRejection', note);
  expect(uncaught).toEqual([]);
});

it('a hundred and fifty readers that leave early leave nothing open behind them', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append(Array.from({ length: 500 }, (_, n) => event('customer-1', `${n}`, { text: 'x'.repeat(1_000) })));
  for (let n = 0; n < 150; n++) {
    for await (const _ of n % 2
      ? store.readAll({ pageSize: 10 })
      : store.subscribe({ pageSize: 10, signal: new AbortController().signal }))
      break;
  }
  await vi.waitFor(() => expect(server.openReads()).toBe(0));
  expect(await store.readStream('customer-1')).toHaveLength(500);
});

it('under one fault after another three writers and a reader lose nothing and double nothing', async () => {
  const server = await givenServer();
  const stores = [
    await givenStore(server, PERSISTENT),
    await givenStore(server, PERSISTENT),
    await givenStore(server, PERSISTENT),
  ];
  const chance = seededChance(20260101);
  server.faults.append = ({ stream }) => {
    if (!toCustomers({ stream }) || chance() > 0.03) return undefined;
    const faults = [
      'stored, never answered',
      'never answered',
      'cut',
      'stored, then cut',
      'call ended',
      unavailable(),
    ] as const;
    return faults[Math.floor(chance() * faults.length)];
  };
  server.faults.read = ({ stream }) => (stream !== undefined && chance() < 0.02 ? unavailable() : undefined);
  const read = readIds(stores[0]!, 400);

  const accepted = new Map<string, number>();
  const write = async (store: (typeof stores)[number]): Promise<void> => {
    for (let n = 0; n < 400; n += 4) {
      const batch = [n, n + 1, n + 2, n + 3].map((id) => event(`customer-${id % 11}`, `${id}`));
      const { outcomes } = await store.append(batch);
      expect(outcomes).not.toContain('conflict');
      outcomes.forEach((outcome, at) => {
        const { id } = batch[at]!;
        if (outcome === 'accepted') accepted.set(id, (accepted.get(id) ?? 0) + 1);
      });
    }
  };
  await Promise.all(stores.map(write));

  const everyId = Array.from({ length: 400 }, (_, n) => `${n}`);
  expect([...accepted.keys()].sort()).toEqual([...everyId].sort());
  expect([...accepted.values()].every((times) => times === 1)).toBe(true);
  expect((await logOf(server)).map(({ id }) => id).sort()).toEqual([...everyId].sort());
  expect((await read).sort()).toEqual([...everyId].sort());
});

const PERSISTENT = { timing: { ...IMPATIENT, operationMs: 50_000 } };

/** The same sequence of numbers between 0 and 1 in each run (mulberry32). */
function seededChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The ids of the first `count` events of a subscription. */
async function readIds(store: Awaited<ReturnType<typeof givenStore>>, count: number): Promise<string[]> {
  const ids: string[] = [];
  const stop = new AbortController();
  for await (const item of store.subscribe({ signal: stop.signal })) {
    if (item.kind === 'events') ids.push(...item.events.map(({ id }) => id));
    if (ids.length >= count) stop.abort();
  }
  return ids;
}
