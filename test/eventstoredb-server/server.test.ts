import { randomUUID } from 'node:crypto';
import {
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { expect, it, onTestFinished } from 'vitest';
import { type ServerOptions, startEventStoreDbServer } from './server.ts';

/**
 * Starts a server with the vendor's own client, which checks the server against the real protocol
 * and not against our reading of it.
 */
async function given(options: ServerOptions = {}) {
  const server = await startEventStoreDbServer(options);
  const client = EventStoreDBClient.connectionString(server.url);
  onTestFinished(async () => {
    await client.dispose();
    await server.stop();
  });
  return { server, client };
}

const happened = (data: unknown = {}) => jsonEvent({ id: randomUUID(), type: 'happened', data: data as never });

it('what the client appends it reads back, from the stream and from the log', async () => {
  const { client } = await given();
  const appended = await client.appendToStream('a-1', [happened({ n: 1 }), happened({ n: 2 })], {
    expectedRevision: NO_STREAM,
  });
  expect(appended).toMatchObject({ success: true, nextExpectedRevision: 1n });
  const read: unknown[] = [];
  for await (const { event } of client.readStream('a-1')) read.push(event?.data);
  expect(read).toEqual([{ n: 1 }, { n: 2 }]);
  const all: bigint[] = [];
  for await (const { event } of client.readAll()) if (event?.streamId === 'a-1') all.push(event.position!.commit);
  expect(all.at(-1)).toBe(appended.position?.commit);
  const backwards: unknown[] = [];
  for await (const { event } of client.readStream('a-1', { direction: 'backwards', fromRevision: 'end' }))
    backwards.push(event?.data);
  expect(backwards).toEqual([{ n: 2 }, { n: 1 }]);
});

it('an append repeated at its revision with its ids is answered as the first; with others it conflicts', async () => {
  const { client, server } = await given();
  const events = [happened(), happened()];
  const first = await client.appendToStream('a-1', events, { expectedRevision: NO_STREAM });
  await client.appendToStream('a-1', happened(), { expectedRevision: 1n });
  expect(await client.appendToStream('a-1', events, { expectedRevision: NO_STREAM })).toEqual(first);
  await expect(client.appendToStream('a-1', happened(), { expectedRevision: 0n })).rejects.toBeInstanceOf(
    WrongExpectedVersionError,
  );
  const corrupted = client.appendToStream('a-1', [events[0]!, happened()], { expectedRevision: NO_STREAM });
  await expect(corrupted).rejects.toMatchObject({ type: 'wrong-expected-version', actualVersion: 2n });
  await expect(client.appendToStream('none', happened(), { expectedRevision: 3n })).rejects.toMatchObject({
    actualVersion: 'no_stream',
  });
  expect(server.log.last('a-1')).toBe(2);
});

it('a read of a stream that is not there says so', async () => {
  const { client } = await given();
  const read = async () => {
    for await (const _ of client.readStream('none'));
  };
  await expect(read()).rejects.toMatchObject({ type: 'stream-not-found' });
});

it('an append beyond the size limit, and one whose deadline has passed on the server, are refused', async () => {
  const { client } = await given({ maxAppendBytes: 1_000 });
  const large = client.appendToStream('a-1', happened({ text: 'x'.repeat(2_000) }));
  await expect(large).rejects.toMatchObject({ type: 'maximum-append-size-exceeded' });
  const { client: behind } = await given({ now: () => Date.now() + 30_000 });
  await expect(behind.appendToStream('a-1', happened())).rejects.toMatchObject({ type: 'deadline-exceeded' });
});

it('a stream that is deleted goes on where it was; one that is tombstoned never does; limits hide its beginning', async () => {
  const { client } = await given();
  const shown = async (stream: string) => {
    const revisions: bigint[] = [];
    for await (const { event } of client.readStream(stream)) revisions.push(event!.revision);
    return revisions;
  };
  const three = () => [happened(), happened(), happened()];
  for (const stream of ['soft-1', 'hard-1', 'max-1']) await client.appendToStream(stream, three());
  await client.deleteStream('soft-1');
  await expect(shown('soft-1')).rejects.toMatchObject({ type: 'stream-not-found' });
  const none = client.appendToStream('soft-1', happened(), { expectedRevision: NO_STREAM });
  await expect(none).rejects.toBeInstanceOf(WrongExpectedVersionError);
  await client.appendToStream('soft-1', happened(), { expectedRevision: 2n });
  expect(await shown('soft-1')).toEqual([3n]);

  await client.tombstoneStream('hard-1');
  await expect(shown('hard-1')).rejects.toMatchObject({ type: 'stream-deleted' });
  await expect(client.appendToStream('hard-1', happened())).rejects.toMatchObject({ type: 'stream-deleted' });

  await client.setStreamMetadata('max-1', { maxCount: 2 });
  expect(await shown('max-1')).toEqual([1n, 2n]);
  await client.setStreamMetadata('max-1', { truncateBefore: 2 });
  expect(await shown('max-1')).toEqual([2n]);
});

it('a subscription delivers what its filter lets through, with checkpoints, and then what is appended', async () => {
  const { client } = await given();
  for (let n = 0; n < 80; n++) await client.appendToStream(n % 40 === 0 ? 'wanted-1' : 'other-1', happened({ n }));
  const checkpoints: bigint[] = [];
  const filter = streamNameFilter({
    prefixes: ['wanted-'],
    maxSearchWindow: 10,
    checkpointInterval: 1,
    checkpointReached: async (_, position) => {
      checkpoints.push(position.commit);
    },
  });
  const subscription = client.subscribeToAll({ filter });
  let caughtUp = false;
  subscription.on('caughtUp', () => {
    caughtUp = true;
    void client.appendToStream('wanted-2', happened({ n: 80 }));
  });
  const seen: unknown[] = [];
  for await (const { event } of subscription) {
    seen.push((event!.data as { n: number }).n);
    if (seen.length === 3) await subscription.unsubscribe();
  }
  expect(seen).toEqual([0, 40, 80]);
  expect(caughtUp).toBe(true);
  expect(checkpoints.length).toBeGreaterThan(5);
  expect(checkpoints).toEqual([...checkpoints].sort((a, b) => (a < b ? -1 : 1)));
});
