import type { EventStore } from '@touchstone/event-store';
import { ingestRoutes } from '@touchstone/ingest';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { momentEvent } from '../kafka-broker/sample.ts';
import { event, givenServer, givenStore, logOf } from './eventstoredb-stores.ts';

const KIB = 1024;

/** A moment that contains a text of `bytes` bytes. */
const moment = (id: string, customer: string, bytes: number) => ({
  ...momentEvent(0, customer),
  id,
  comment: 'x'.repeat(bytes),
});

async function givenIngest(store: EventStore) {
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => app.close());
  await app.register(ingestRoutes, { store, keys: undefined });
  const headers = { 'content-type': 'application/json' };
  return async (url: string, payload: unknown) => {
    const answer = await app.inject({ method: 'POST', url, headers, payload: JSON.stringify(payload) });
    return { status: answer.statusCode, body: answer.json() };
  };
}

it('where a server takes 64 KiB an append, then 16, no event is lost, and each that is too large is a rejection that says so', async () => {
  const server = await givenServer({ maxAppendBytes: 64 * KIB });
  const store = await givenStore(server);
  const post = await givenIngest(store);
  const batch = (limit: number, round: string) => [
    ...Array.from({ length: 12 }, (_, n) => moment(`${round}-small-${n}`, 'c-1', (limit * 0.3) | 0)),
    moment(`${round}-large`, 'c-1', limit),
    moment(`${round}-large-alone`, 'c-2', limit + 5 * KIB),
    moment(`${round}-tiny`, 'c-3', 1),
  ];
  for (const [limit, round] of [
    [64 * KIB, 'first'],
    [16 * KIB, 'second'],
  ] as const) {
    server.faults.maxAppendBytes = limit;
    const before = server.counted.appends;
    const { status, body } = await post('/v1/events', batch(limit, round));
    expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 13, duplicates: 0, rejected: 2 } });
    expect(body.problems.map(({ id, code }: { id: string; code: string }) => [id, code])).toEqual([
      [`${round}-large`, 'event_too_large'],
      [`${round}-large-alone`, 'event_too_large'],
    ]);
    expect(body.problems[0].errors[0].message).toContain(`at most ${limit} bytes`);
    expect(server.counted.appends - before).toBeLessThan(20);
    expect(await post('/v1/events', batch(limit, round))).toMatchObject({ body: { duplicates: 13, rejected: 2 } });
    expect(await post('/v1/events', moment(`${round}-large`, 'c-1', limit))).toMatchObject({
      status: 422,
      body: { code: 'nothing_accepted', problems: [{ code: 'event_too_large' }] },
    });
  }

  const stored = (await logOf(server)).map(({ id }) => id);
  expect(stored).toHaveLength(26);
  expect(stored.filter((id) => id.includes('large'))).toEqual([]);
  const kept = await store.listRejections({ limit: 100 });
  expect(kept).toHaveLength(10);
  for (const { code, payload, errors } of kept) {
    expect(code).toBe('event_too_large');
    expect(payload).toMatch(/^\{"specversion".*x… \(cut: the whole had \d+ bytes, more than the event store takes\)$/);
    expect(JSON.parse(errors)).toHaveLength(1);
  }
});

it('a server that takes more again is believed after a break of the connection', async () => {
  const server = await givenServer({ maxAppendBytes: 16 * KIB });
  const store = await givenStore(server);
  const large = event('customer-1', 'large', { text: 'x'.repeat(20 * KIB) });
  expect((await store.append([large])).outcomes).toEqual(['tooLarge']);
  server.faults.maxAppendBytes = 64 * KIB;
  server.cut();
  await store.append([event('customer-2', 'a')]);
  expect((await store.append([large])).outcomes).toEqual(['accepted']);
});

it('what is stored already is a duplicate where the server has come to take less, and of the own streams nothing vanishes in silence', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  const large = event('customer-1', 'large', { text: 'x'.repeat(20 * KIB) });
  await store.append([large]);
  server.faults.maxAppendBytes = 16 * KIB;
  const next = await givenStore(server);
  const other = event('customer-1', 'other', { text: 'x'.repeat(20 * KIB) });
  expect((await next.append([other, large])).outcomes).toEqual(['tooLarge', 'duplicate']);
  await expect(next.append([{ ...other, stream: 'definitions' }])).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/at most 16384.*MaxAppendSize/),
  });
});

it('many faults, texts that grow as JSON and resolutions by the thousand are kept by a server that takes 16 KiB', async () => {
  const server = await givenServer({ maxAppendBytes: 16 * KIB });
  const store = await givenStore(server);
  const errors = JSON.stringify(
    Array.from({ length: 200 }, (_, n) => ({ path: `data.${n}`, message: 'm'.repeat(90) })),
  );
  const rejection = { code: 'invalid_event', errors, payload: '\u0001'.repeat(30_000), origin: 'http' };
  const ids = await store.keepRejections([
    rejection,
    ...Array(1_200).fill({ ...rejection, errors: '[]', payload: 'p' }),
  ]);
  const [first] = await store.listRejections({ limit: 1 });
  expect(first!.payload).toContain('\u0001'.repeat(1_000));
  expect(first!.payload).toMatch(/… \(cut: the whole had 30000 bytes/);
  expect(JSON.parse(first!.errors)).toHaveLength(1);
  await store.resolveRejections(ids);
  expect(await store.listRejections({ limit: 1 })).toEqual([]);
});

it.each(['at first', 'later'])(
  'counts by minute are kept in pieces that a server takes which takes 16 KiB %s',
  async (when) => {
    let now = 1_800_000_000_000;
    const server = await givenServer({ maxAppendBytes: 16 * KIB, now: () => now });
    const store = await givenStore(server, { clockSkewMaxMs: Number.POSITIVE_INFINITY });
    for (let minute = 0; minute < 300; minute++) {
      now += 60_000;
      await store.append([{ ...event(`customer-${minute % 7}`, `${minute}`), source: 'shop'.repeat(20) }]);
    }
    if (when === 'later') await store.counts();
    await store.append([event('customer-1', 'large', { text: 'x'.repeat(20 * KIB) })]);
    await store.append([event('customer-1', 'next')]);
    const span = { from: 0, to: now + 120_000 - (now % 60_000) };
    const counted = await store.countMinutes(span);
    expect(counted.counts).toHaveLength(301);
    expect(server.log.last('touchstone-tally')).toBeGreaterThan(0);
    const next = await givenStore(server, { clockSkewMaxMs: Number.POSITIVE_INFINITY });
    expect(await next.countMinutes(span)).toEqual(counted);
    expect(store.warnings.filter((warning) => /counts/.test(warning))).toEqual([]);
  },
);
