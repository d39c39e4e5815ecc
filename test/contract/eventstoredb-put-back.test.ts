import type { EventStore } from '@touchstone/event-store';
import { proofOf } from '@touchstone/event-store';
import { expect, it } from 'vitest';
import { event, givenServer, givenStore, logOf, putBack } from './eventstoredb-stores.ts';

const idsOf = async (store: EventStore, stream: string) => (await store.readStream(stream)).map(({ id }) => id);

for (const kind of ['shorter', 'another'] as const) {
  it(`what a log that was put back has lost is no duplicate for who remembers it (${kind})`, async () => {
    const server = await givenServer();
    const store = await givenStore(server);
    await store.append([event('customer-1', 'kept')]);
    const backup = server.log.records.length;
    const lost = ['a', 'b', 'c'].map((id) => event('customer-1', id));
    await store.append(lost);
    expect((await store.append(lost)).outcomes).toEqual(['duplicate', 'duplicate', 'duplicate']);
    await putBack(server, kind === 'shorter' ? backup : 'another');

    expect((await store.append(lost)).outcomes).toEqual(['accepted', 'accepted', 'accepted']);
    expect((await store.append(lost)).outcomes).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(await idsOf(store, 'customer-1')).toEqual([...(kind === 'shorter' ? ['kept'] : []), 'a', 'b', 'c']);
  });
}

it('a second process that remembers the old log stores all that is sent again, also where the first has gone on', async () => {
  const server = await givenServer();
  const [first, second] = [await givenStore(server), await givenStore(server)];
  const kept = event('customer-1', 'kept');
  await first.append([kept]);
  await second.append([kept]);
  const backup = server.log.records.length;
  const [a, b] = [event('customer-1', 'a'), event('customer-1', 'b')];
  await first.append([a]);
  await second.append([a, b]);
  await putBack(server, backup);

  await first.append([event('customer-1', 'x'), event('customer-1', 'y'), event('customer-1', 'z')]);
  expect((await second.append([a, kept, b])).outcomes).toEqual(['accepted', 'duplicate', 'accepted']);
  expect(await idsOf(second, 'customer-1')).toEqual(['kept', 'x', 'y', 'z', 'a', 'b']);
  expect(await second.counts()).toEqual({ accepted: 6, stored: 6 });
});

it('whoever follows a log that is put back is told, and gets nothing of the new history', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append([event('customer-1', 'kept')]);
  const backup = server.log.records.length;
  await store.append([event('customer-1', 'lost')]);
  const { signal } = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const item of store.subscribe({ signal })) {
      if (item.kind === 'events') seen.push(...item.events.map(({ id }) => id));
      if (seen.at(-1) !== 'lost') continue;
      await putBack(server, backup);
      const other = await givenStore(server);
      for (const id of ['n', 'e', 'w', 's']) await other.append([event('customer-1', id)]);
    }
  })();
  await expect(following).rejects.toMatchObject({ name: 'EventStoreError', code: 'diverged' });
  expect(seen).toEqual(['kept', 'lost']);
});

it('counts and heads of a log that was put back are its own', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append([event('customer-1', 'kept', {}, 7)]);
  const backup = server.log.records.length;
  await store.append([event('customer-1', 'lost', {}, 9)]);
  expect(await store.counts()).toEqual({ accepted: 2, stored: 2 });
  await putBack(server, backup);
  expect(await store.counts()).toEqual({ accepted: 1, stored: 1 });
  expect(await store.greatestTime()).toBe(7);
});

it('an event whose customer was deleted is held all the same, and a broken connection is no other log', async () => {
  const server = await givenServer();
  const store = await givenStore(server);
  await store.append([event('customer-1', 'a')]);
  await store.append([event('customer-2', 'b')]);
  const [first, second] = await logOf(server);
  server.log.softDelete('customer-1');
  server.log.tombstone('customer-2');
  await store.append([event('customer-3', 'c')]);
  server.cut();
  expect(await store.holds(proofOf(first!))).toBe(true);
  expect(await store.holds(proofOf(second!))).toBe(true);
  expect((await store.append([event('customer-3', 'c')])).outcomes).toEqual(['duplicate']);
  expect(store.warnings.join()).not.toContain('put back');
});

it('of several processes that open a new log at once one names it', async () => {
  const server = await givenServer();
  const stores = await Promise.all(Array.from({ length: 5 }, () => givenStore(server)));
  const names = await Promise.all(stores.map((store) => store.identity()));
  expect(new Set(names).size).toBe(1);
});
