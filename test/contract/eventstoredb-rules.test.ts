import { setMaxListeners } from 'node:events';
import { EventStoreError, openEventStore } from '@touchstone/event-store';
import { expect, it, vi } from 'vitest';
import { accessDenied } from '../eventstoredb-server/messages.ts';
import { errorOf, event, givenServer, givenStore, logOf, PATIENT } from './eventstoredb-stores.ts';

const TEN_MINUTES = 600_000;

it('two processes appending the same events at once: each event is accepted once, and is a duplicate for the other', async () => {
  const server = await givenServer();
  const stores = [await givenStore(server), await givenStore(server)];
  const events = Array.from({ length: 200 }, (_, n) => event(`customer-${n % 5}`, `${n}`));

  const answers = await Promise.all(
    stores.map(async (store) => {
      const outcomes: string[] = [];
      for (const one of events) outcomes.push(...(await store.append([one])).outcomes);
      return outcomes;
    }),
  );

  events.forEach((_, n) => {
    expect(answers.map((outcomes) => outcomes[n]).sort()).toEqual(['accepted', 'duplicate']);
  });
  expect(await logOf(server)).toHaveLength(200);
  expect(await stores[0]!.counts()).toEqual({ accepted: 200, stored: 200 });
});

it('two processes appending one identity with different contents at once: one is accepted, the other conflicts', async () => {
  const server = await givenServer();
  const stores = [await givenStore(server), await givenStore(server)];
  for (let n = 0; n < 50; n++) {
    const answers = await Promise.all(
      stores.map((store, from) =>
        store.append([event('customer-1', `${n}`, { from }), event(`customer-new-${n}`, `${n}`, { from })]),
      ),
    );
    for (const at of [0, 1])
      expect(answers.map(({ outcomes }) => outcomes[at]).sort()).toEqual(['accepted', 'conflict']);
  }
  expect(await logOf(server)).toHaveLength(100);
});

it('identities are remembered by the log, not by the process: little memory changes no outcome', async () => {
  const server = await givenServer();
  const store = await givenStore(server, { identitiesCached: 3 });
  const events = Array.from({ length: 60 }, (_, n) => event(`customer-${n % 12}`, `${n}`));
  await store.append(events);
  expect(new Set((await store.append(events)).outcomes)).toEqual(new Set(['duplicate']));
  expect((await store.append([event('customer-3', '3', { other: true })])).outcomes).toEqual(['conflict']);
  expect(await logOf(server)).toHaveLength(60);
});

it('an append of more than the server takes at once is sent in parts, each event with its outcome', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  const events = Array.from({ length: 40 }, (_, n) => event('customer-1', `${n}`, { text: 'x'.repeat(100_000) }));
  expect(new Set((await store.append(events)).outcomes)).toEqual(new Set(['accepted']));
  expect((await logOf(server)).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
});

it('an append that may not be made is refused, not repeated', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  const before = server.counted.appends;
  server.faults.append = () => accessDenied();
  expect(await errorOf(store.append([event('customer-1', 'a')]))).toMatchObject({ code: 'refused' });
  expect(server.counted.appends).toBe(before + 1);
});

it('events of a stream that was deleted for good are erased, whatever is known of it, and no others', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append([event('customer-1', 'a')]);
  server.log.tombstone('customer-1');
  const other = await givenStore(server);
  for (const one of [store, other]) {
    const { outcomes } = await one.append([event('customer-1', 'b'), event('customer-2', 'a')]);
    expect(outcomes).toEqual(['erased', one === store ? 'accepted' : 'duplicate']);
  }
  expect(await store.readStream('customer-1')).toEqual([]);
  expect(await store.cutOf!('customer-1')).toMatchObject({ from: null, isErased: true });
  // An append to a system stream is refused, because rejections are kept for published streams
  // only.
  server.log.tombstone('changes-1');
  expect(await errorOf(store.append([event('changes-1', 'b')]))).toMatchObject({ code: 'refused' });
});

it('what is missing from the beginning of a stream is found, up to where and since when', async () => {
  const server = await givenServer();
  const met: unknown[] = [];
  const store = await givenStore(server, { onCut: (...of) => void met.push(of) });
  const streams = ['deleted', 'max', 'tb', 'aged', 'whole'].map((name) => `customer-${name}`);
  const positions: bigint[] = [];
  for (const id of ['a', 'b', 'c']) {
    positions.push((await store.append(streams.map((stream) => event(stream, id)))).position);
  }
  expect(await store.cutOf!('customer-none')).toBeNull();
  const [last] = (await store.readStream('customer-tb')).slice(-1);
  server.log.softDelete('customer-deleted');
  server.log.limit('customer-max', { $maxCount: 2 });
  server.log.limit('customer-tb', { $tb: 2 });
  server.log.limit('customer-aged', { $maxAge: 0 });
  const cuts = await Promise.all(streams.map((stream) => store.cutOf!(stream)));
  expect(cuts).toEqual([
    { upTo: expect.any(BigInt), from: null, isErased: false },
    { upTo: expect.any(BigInt), from: expect.any(Number), isErased: false },
    { upTo: last!.position - 1n, from: last!.recordedAt, isErased: false },
    { upTo: expect.any(BigInt), from: null, isErased: false },
    null,
  ]);
  expect(cuts[0]!.upTo).toBeGreaterThan(positions[2]!);
  expect(cuts[1]!.upTo).toBeGreaterThanOrEqual(positions[0]! - 1n);
  expect(cuts[3]!.upTo).toBeGreaterThanOrEqual(positions[2]!);
  expect((await store.readStream('customer-max')).map(({ id }) => id)).toEqual(['b', 'c']);
  expect(met).toContainEqual(['customer-max', 'read', 1]);
  expect(met).toContainEqual(['customer-deleted', 'read', -1]);
});

it('a deleted stream begins again, for those who know it and those who do not', async () => {
  const server = await givenServer();
  const [knows, other] = [await givenStore(server), await givenStore(server)];
  await knows.append([event('customer-1', 'a'), event('customer-1', 'b')]);
  server.log.softDelete('customer-1');
  expect(await knows.readStream('customer-1')).toEqual([]);
  expect((await other.append([event('customer-1', 'c')])).outcomes).toEqual(['accepted']);
  expect((await knows.append([event('customer-1', 'c'), event('customer-1', 'd')])).outcomes).toEqual([
    'duplicate',
    'accepted',
  ]);
  expect((await knows.readStream('customer-1')).map(({ id }) => id)).toEqual(['c', 'd']);
});

it('events that others write into our streams are not ours, and disturb nothing', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  const foreign = {
    eventId: 'foreign',
    type: 'Theirs',
    isJson: true,
    data: Buffer.from('{}'),
    metadata: Buffer.from('{"a":1}'),
  };
  server.log.append('customer-1', 'any', [foreign]);
  expect((await store.append([event('customer-1', 'a')])).outcomes).toEqual(['accepted']);
  server.log.append('customer-1', 'any', [{ ...foreign, eventId: 'more' }]);
  expect((await store.append([event('customer-1', 'a'), event('customer-1', 'b')])).outcomes).toEqual([
    'duplicate',
    'accepted',
  ]);
  expect((await store.readStream('customer-1')).map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await store.counts()).toEqual({ accepted: 2, stored: 2 });
});

it('systems with namespaces of their own share a database and see nothing of each other', async () => {
  const server = await givenServer();
  const [shop, bank] = [
    await openEventStore(`${server.url}&namespace=shop.`),
    await givenStore(server, { namespace: 'bank.' }),
  ];
  await shop.append([event('customer-1', 'a')]);
  await shop.keepRejections([{ code: 'invalid_event', errors: '[]', payload: '', origin: 'http' }]);
  expect((await bank.append([event('customer-1', 'a', { of: 'the bank' })])).outcomes).toEqual(['accepted']);
  expect((await shop.readStream('customer-1')).map(({ body }) => JSON.parse(body).data)).toEqual([{ id: 'a' }]);
  expect(await bank.counts()).toEqual({ accepted: 1, stored: 1 });
  expect(await bank.listRejections({ limit: 10 })).toEqual([]);
  await shop.close();
  expect(server.log.last('shop.customer-1')).toBe(0);
});

it('what was counted is kept in the store, so that the next process does not count it again', async () => {
  const server = await givenServer();
  const store = await givenStore(server, { timing: PATIENT });
  await store.append(Array.from({ length: 10_500 }, (_, n) => event(`customer-${n % 100}`, `${n}`, {}, 1_000 + n)));
  expect(await store.counts()).toEqual({ accepted: 10_500, stored: 10_500 });
  await store.append([event('customer-1', 'late', {}, 5)]);

  const next = await givenStore(server, { timing: PATIENT });
  const reads: string[] = [];
  server.faults.read = ({ stream, isSubscription }) => {
    reads.push(isSubscription ? 'log' : (stream ?? 'position'));
    return undefined;
  };
  expect(await next.counts()).toEqual({ accepted: 10_501, stored: 10_501 });
  expect(await next.greatestTime()).toBe(11_499);
  expect(reads.filter((read) => read === 'log')).toHaveLength(1);
  expect(server.log.last('touchstone-tally')).toBe(0);
});

it('minutes are counted from what is kept and what came since, the same whoever counts, also where the clock stepped back', async () => {
  const minute = 60_000;
  const begin = 1_800_000_000_000;
  let now = begin;
  const server = await givenServer({ now: () => now });
  const store = await givenStore(server, { clockSkewMaxMs: Number.POSITIVE_INFINITY, timing: PATIENT });
  const batch = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => event(`customer-${n % 50}`, `${from + n}`));
  await store.append(batch(0, 10_500));
  await store.counts();
  now = begin + minute;
  await store.append(batch(10_500, 21_000));
  await store.counts();
  now = begin + 3 * minute;
  await store.append(batch(21_000, 21_010));
  now -= 2 * minute;
  await store.append(batch(21_010, 21_020));
  expect(server.log.last('touchstone-tally')).toBe(1);

  const head = await store.head();
  const next = await givenStore(server, { clockSkewMaxMs: Number.POSITIVE_INFINITY, timing: PATIENT });
  for (const from of [begin, begin + minute, begin + 3 * minute]) {
    const span = { from, to: begin + 4 * minute, marks: [head] };
    const counted = await store.countMinutes(span);
    expect(await next.countMinutes(span)).toEqual(counted);
    const expected = [
      [begin, 10_500],
      [begin + minute, 10_500],
      [begin + 3 * minute, 20],
    ].filter(([at]) => at! >= from);
    expect(counted.counts.map((row) => [row.minute, row.accepted])).toEqual(expected);
    expect(counted.counts.map((row) => [row.minute, row.stored.events])).toEqual(expected);
    expect(counted.counts.map((row) => [row.minute, row.upTo[0]!.events])).toEqual(expected);
  }
  expect(await next.lastRecordedAt()).toBe(begin + 3 * minute);
});

it('what another process kept of the counts is gone on from, and counts lost with their stream are counted anew', async () => {
  const server = await givenServer();
  const [one, other] = [await givenStore(server, { timing: PATIENT }), await givenStore(server, { timing: PATIENT })];
  await one.counts();
  await other.counts();
  await one.append(Array.from({ length: 10_500 }, (_, n) => event(`customer-${n % 50}`, `${n}`)));
  await Promise.all([one.counts(), other.counts()]);
  expect(server.log.last('touchstone-tally')).toBe(0);
  await one.append(Array.from({ length: 10_500 }, (_, n) => event(`customer-${n % 50}`, `more ${n}`)));
  const span = { from: 0, to: 4_000_000_020_000 };
  for (const store of [other, one]) {
    const { counts } = await store.countMinutes(span);
    expect(counts.reduce((sum, { stored }) => sum + stored.events, 0)).toBe(21_000);
    expect(counts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(21_000);
  }
  server.log.softDelete('touchstone-tally');
  const { counts } = await one.countMinutes(span);
  expect(counts.reduce((sum, { stored }) => sum + stored.events, 0)).toBe(21_000);
});

it('what a follower of the whole log has received is counted without being read again, and another process goes on from it', async () => {
  const server = await givenServer();
  const store = await givenStore(server, { timing: PATIENT });
  const other = await givenStore(server, { timing: PATIENT });
  await Promise.all([store.counts(), other.counts()]);
  const received = (async () => {
    let events = 0;
    for await (const item of store.subscribe({ signal: new AbortController().signal })) {
      if (item.kind === 'events') events += item.events.length;
      if (events === 25_000) return;
    }
  })();
  for (let from = 0; from < 25_000; from += 500) {
    await store.append(Array.from({ length: 500 }, (_, n) => event(`customer-${n % 50}`, `${from + n}`, {}, from + n)));
  }
  await received;
  const reads: string[] = [];
  server.faults.read = ({ stream, isSubscription }) => {
    reads.push(isSubscription ? 'log' : (stream ?? 'position'));
    return undefined;
  };
  expect(await store.counts()).toEqual({ accepted: 25_000, stored: 25_000 });
  expect(reads).not.toContain('log');
  expect(server.log.last('touchstone-tally')).toBe(1);
  expect(await other.counts()).toEqual({ accepted: 25_000, stored: 25_000 });
  expect(reads.filter((read) => read === 'touchstone-tally').length).toBeGreaterThan(0);
  const span = { from: 0, to: 4_000_000_020_000 };
  const ofStore = await store.countMinutes(span);
  expect(ofStore.counts.reduce((sum, { stored }) => sum + stored.events, 0)).toBe(25_000);
  expect(await other.countMinutes(span)).toEqual(ofStore);
  expect(await other.greatestTime()).toBe(24_999);
});

it('the time something was recorded never decreases for a reader, though the clock of the next leader is behind', async () => {
  let now = 1_800_000_000_000;
  const server = await givenServer({ now: () => now });
  const store = await givenStore(server, { clockSkewMaxMs: Number.POSITIVE_INFINITY });
  const { position } = await store.append([event('customer-1', 'a')]);
  now -= 5_000;
  await store.append([event('customer-2', 'b')]);
  const times: number[] = [];
  for await (const page of store.readAll()) times.push(...page.map(({ recordedAt }) => recordedAt));
  for await (const page of store.readAll({ after: position })) times.push(...page.map(({ recordedAt }) => recordedAt));
  expect(times).toEqual([1_800_000_000_000, 1_800_000_000_000, 1_800_000_000_000]);
});

it('a server older than 22.10, or one that does not say how old it is, is refused', async () => {
  for (const version of ['22.6.0', '5.0.11', 'unknown']) {
    const server = await givenServer({ version });
    expect(await errorOf(givenStore(server))).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/22\.10/),
    });
  }
});

it('a server whose clock is far from ours is refused; a few seconds are told of, and writes go on', async () => {
  const far = await givenServer({ now: () => Date.now() + TEN_MINUTES });
  expect(await errorOf(givenStore(far))).toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/ahead of ours.*NTP/),
  });
  const near = await givenServer({ now: () => Date.now() - 5_000 });
  const store = await givenStore(near);
  expect(store.warnings.join()).toMatch(/behind ours/);
  expect((await store.append([event('customer-1', 'a')])).outcomes).toEqual(['accepted']);
});

it('a connection string that is not valid says where, and does not repeat the password', async () => {
  const error = await errorOf(openEventStore('esdb://admin:secret@host:port-that-is-none'));
  expect(error).toBeInstanceOf(EventStoreError);
  expect(error.message).toMatch(/connection string.*at position \d+/);
  expect(error.message).not.toMatch(/secret/);
  expect(await errorOf(openEventStore('mongodb://host'))).toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/esdb:\/\//),
  });
});

it('sixty readers may follow at once, the next is told to share, and single reads still have room', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const readers = Array.from({ length: 60 }, () => store.subscribe({ signal: stop.signal })[Symbol.asyncIterator]());
  for (const reader of readers) expect(await reader.next()).toMatchObject({ value: { kind: 'caughtUp' } });
  const oneMore = store.subscribe({ signal: stop.signal })[Symbol.asyncIterator]();
  expect(await errorOf(oneMore.next())).toMatchObject({ message: expect.stringMatching(/share/) });
  await store.append([event('customer-1', 'a')]);
  const reads = await Promise.all(Array.from({ length: 100 }, () => store.readStream('customer-1')));
  expect(reads.every((events) => events.length === 1)).toBe(true);
  stop.abort();
  await vi.waitFor(() => expect(server.openReads()).toBe(0));
});

it('the package loads the client of EventStoreDB only when such a store is opened', async () => {
  const { execFileSync } = await import('node:child_process');
  const script = `
    await import('@touchstone/event-store');
    const { createRequire } = await import('node:module');
    const loaded = Object.keys(createRequire(process.cwd() + '/x.js').cache).filter((file) => file.includes('db-client'));
    console.log(loaded.length);`;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: new URL('..', import.meta.url),
    encoding: 'utf8',
  });
  expect(printed.trim()).toBe('0');
});
