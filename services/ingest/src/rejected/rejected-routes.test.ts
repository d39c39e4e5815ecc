import { readFileSync, writeFileSync } from 'node:fs';
import { createKey, readKeys } from '@touchstone/runtime';
import { describe, expect, it } from 'vitest';
import { BAD, EVENT, keyFile, lines, NDJSON, startIngest } from '../../testing/start-ingest.ts';

describe('keys', () => {
  const shop = { name: 'shop', scopes: ['publish' as const], sources: ['/shop'] };
  const admin = { name: 'ops', scopes: ['admin' as const] };
  const reader = { name: 'board', scopes: ['read' as const] };

  it('401 without a key or with an unknown one, 403 without the scope', async () => {
    const { file, bearers } = keyFile(reader);
    const { post } = await startIngest({ keys: readKeys(file) });
    expect(await post(EVENT)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const unknown = await post(EVENT, { authorization: 'Bearer tsk_guess' });
    expect(unknown).toMatchObject({ status: 401, body: { code: 'unknown_key' } });
    expect(unknown.headers['www-authenticate']).toContain('Bearer');
    expect(await post(EVENT, bearers[0])).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('a key bound to sources: events of others are rejected, their neighbours stored; only such events: 403', async () => {
    const { file, bearers } = keyFile(shop);
    const { post, store } = await startIngest({ keys: readKeys(file) });
    const foreign = { ...EVENT, id: 'x', source: '/warehouse' };
    const { status, body } = await post([foreign, EVENT], bearers[0]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1, rejected: 1, problems: [{ index: 0, code: 'source_not_allowed' }] });
    expect(store.rejections[0]!.origin).toBe('http:shop');
    expect(await post(foreign, bearers[0])).toMatchObject({
      status: 403,
      body: { code: 'source_not_allowed', rejected: 1 },
    });
  });

  it.each([
    ['is taken away', 'unknown_key', []],
    ['has a new secret', 'unknown_key', [createKey(shop).entry]],
    ['may no longer publish', 'forbidden', 'read only'],
  ] as const)('a stream goes no further once its key %s', async (_, code, others) => {
    const { file, bearers } = keyFile(shop, admin);
    const keys = readKeys(file);
    const [own, ops] = JSON.parse(readFileSync(file, 'utf8'));
    const changed = others === 'read only' ? [{ name: own.name, hash: own.hash, scopes: ['read'] }] : others;
    const onAppended = () => {
      writeFileSync(file, JSON.stringify([...changed, ops]));
      keys.reload();
    };
    const { post, store } = await startIngest({ keys, onAppended });
    const stream = lines(...Array.from({ length: 2500 }, (_, at) => ({ ...EVENT, id: `e${at}` })));
    const { body } = await post(stream, { ...NDJSON, ...bearers[0] });
    expect(body).toMatchObject({ code, accepted: 1000 });
    expect(store.events).toHaveLength(1000);
  });

  it('what a key sent is not published by a retry once it may no longer publish', async () => {
    const { file, bearers } = keyFile({ name: 'shop', scopes: ['publish'] }, admin);
    const keys = readKeys(file);
    let isEarly = true;
    const { post, store } = await startIngest({ keys, latestTime: () => (isEarly ? 0 : null) });
    await post(EVENT, bearers[0]);
    isEarly = false;
    const [own, ops] = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify([{ ...own, scopes: ['read'] }, ops]));
    keys.reload();
    const retry = () => post({}, bearers[1], '/v1/rejected/retry');
    expect((await retry()).body).toMatchObject({ retried: 1, accepted: 0, rejected: 1 });
    writeFileSync(file, JSON.stringify([own, ops]));
    keys.reload();
    expect((await retry()).body).toMatchObject({ retried: 1, accepted: 1 });
    expect(store.events).toHaveLength(1);
  });

  it("an admin's retry does not lift the binding of the key that an event came by", async () => {
    const { file, bearers } = keyFile(shop, admin);
    const { post, store } = await startIngest({ keys: readKeys(file) });
    await post({ ...EVENT, source: '/warehouse' }, bearers[0]);
    const { body } = await post({}, bearers[1], '/v1/rejected/retry');
    expect(body).toMatchObject({ retried: 1, accepted: 0, rejected: 1 });
    expect(store.events).toHaveLength(0);
  });
});

describe('rejected events', () => {
  it('are listed in pages with their payload and reason', async () => {
    const { post, get } = await startIngest();
    await post(lines(EVENT, BAD, { ...BAD, id: 'bad2' }, 'text'), NDJSON);
    const first = await get('/v1/rejected?limit=2');
    expect(first.body.items.map(({ id, eventId }: { id: string; eventId: string }) => [id, eventId])).toEqual([
      ['1', 'bad'],
      ['2', 'bad2'],
    ]);
    expect(first.body.items[0]).toMatchObject({
      code: 'invalid_event',
      source: '/shop',
      subject: 'c-1',
      origin: 'http',
    });
    expect(JSON.parse(first.body.items[0].payload)).toEqual(BAD);
    const second = await get(`/v1/rejected?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items).toHaveLength(1);
    expect(second.body.nextCursor).toBeNull();
  });

  it('their faults are as small as those of an event are today, whatever was kept of them', async () => {
    const { store, get } = await startIngest();
    const errors = JSON.stringify([{ path: 'k'.repeat(1_000_000), message: 'is wrong' }]);
    await store.keepRejections([{ code: 'invalid_event', errors, payload: '{}', origin: 'http' }]);
    const { body } = await get('/v1/rejected');
    expect(body.items[0].errors).toEqual([{ path: `${'k'.repeat(199)}…`, message: 'is wrong' }]);
  });

  it.each(['limit=0', 'limit=501', 'cursor=x', 'what=1'])(
    'the query %s is refused with the parameter named',
    async (query) => {
      const { get } = await startIngest();
      const { status, body } = await get(`/v1/rejected?${query}`);
      expect(status).toBe(400);
      expect(body.code).toBe('invalid_query');
      expect(body.errors).toHaveLength(1);
    },
  );

  it('a retry stores what is good today and takes it off the list; the rest stays', async () => {
    const { app, post, get, store } = await startIngest();
    await post(lines(EVENT, BAD), NDJSON);
    // Simulates rules that were stricter when the event came.
    const later = { ...EVENT, id: 'later' };
    await store.keepRejections([
      { code: 'invalid_event', errors: '[]', payload: JSON.stringify(later), origin: 'http' },
      { code: 'invalid_event', errors: '[]', payload: JSON.stringify(EVENT), origin: 'http' },
    ]);
    const retried = await app.inject({ method: 'POST', url: '/v1/rejected/retry' });
    expect(retried.statusCode).toBe(200);
    expect(retried.json()).toEqual({
      retried: 3,
      accepted: 1,
      duplicates: 1,
      conflicts: 0,
      rejected: 1,
      position: '2',
    });
    expect((await get('/v1/rejected')).body.items).toHaveLength(1);
    expect((await get('/v1/rejected?resolved=true')).body.items).toHaveLength(3);
    expect(await post({ ids: ['2', '77'] }, {}, '/v1/rejected/retry')).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });

  it('a conflict stays in conflict, and is not kept a second time', async () => {
    const { post, store } = await startIngest();
    await post([EVENT, { ...EVENT, time: '2026-03-02T00:00:00Z' }]);
    expect((await post({}, {}, '/v1/rejected/retry')).body).toMatchObject({ retried: 1, conflicts: 1 });
    expect(store.rejections).toHaveLength(1);
  });
});
