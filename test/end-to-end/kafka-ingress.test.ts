import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutNamedIn } from '@touchstone/customer-folds';
import { type IngressCounts, ingress } from '@touchstone/event-bus';
import { type EventStore, EventStoreError, sqliteEventStore } from '@touchstone/event-store';
import { copyLog, openCopySource, openCopyTarget } from '@touchstone/event-store/copy';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { watchedAppends } from '../../services/touchstone/src/watched-appends.ts';
import { event, givenServer, givenStore } from '../contract/eventstoredb-stores.ts';
import { gate, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { consoleProduce } from '../kafka-broker/console-producer.ts';
import { acceptInto, momentEvent, storedIds, structured } from '../kafka-broker/sample.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { busForTest, logForTest } from './log-and-bus-for-test.ts';

const describeWithKafka = await describeWith('kafka');

describeWithKafka('the way in over Kafka', () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  beforeAll(async () => {
    broker = await sharedBroker();
  });
  afterAll(() => broker?.release());
  const bus = () => busForTest(broker.url);

  /** An ingress that counts the outcomes of the messages. */
  function ingressInto(store: EventStore, topic: string, rejectedTopic: string, wait: (handled: number) => void) {
    const stopping = new AbortController();
    const counts: IngressCounts[] = [];
    const paused: (readonly number[])[] = [];
    const running = ingress({
      bus: bus(),
      accept: acceptInto(store),
      logger: silent,
      groupId: topic,
      topic,
      rejectedTopic,
      signal: stopping.signal,
      onState: (state) => paused.push(state.paused),
      onCounts: (one) => {
        counts.push(one);
        wait(counts.reduce((sum, { messages }) => sum + messages, 0));
      },
    });
    const stop = async () => {
      stopping.abort();
      await running;
    };
    onTestFinished(stop);
    return { counts, paused, stop };
  }

  const sum = (counts: readonly IngressCounts[], name: keyof IngressCounts) =>
    counts.reduce((total, one) => total + one[name], 0);

  test('every message ends as accepted, duplicate, conflict or rejected, and the last two stand in the rejected topic as they came', async () => {
    const [topic, rejectedTopic] = [unique('in'), unique('in.rejected')];
    await broker.createTopic(topic, 3);
    await broker.createTopic(rejectedTopic, 1);
    const store = await logForTest();
    const writer = bus();
    const good = Array.from({ length: 40 }, (_, n) => momentEvent(n));
    const { data, datacontenttype, ...attributes } = momentEvent(100);
    const binary = {
      key: 'c-8',
      value: JSON.stringify(data),
      headers: {
        'content-type': String(datacontenttype),
        ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)])),
      },
    };
    const poison = {
      key: 'c-1',
      value: '{"half":',
      headers: { 'content-type': 'application/cloudevents+json', trace: ['a', 'b'] },
    };
    await writer.produce(
      topic,
      good.map((event) => structured(event)),
    );
    await writer.produce(topic, [
      structured(momentEvent(0)),
      structured({ ...momentEvent(1), data: { ...(momentEvent(1).data as object), outcome: 'abandoned' } }),
      binary,
      poison,
      { key: 'c-2', value: null, headers: {} },
      {
        ...structured(momentEvent(101)),
        value: JSON.stringify([momentEvent(101), { ...momentEvent(102), data: {} }]),
        headers: { 'content-type': 'application/cloudevents-batch+json' },
      },
      structured(momentEvent(103), null),
      structured(momentEvent(104), 'another-customer'),
    ]);
    const all = gate();
    const { counts } = ingressInto(store, topic, rejectedTopic, (handled) => handled === 48 && all.open());
    await all.promise;

    expect((await storedIds(store)).sort()).toEqual(
      [...good, ...[100, 101, 103, 104].map((n) => momentEvent(n))].map(({ id }) => id).sort(),
    );
    const total = (name: keyof IngressCounts) => sum(counts, name);
    expect([total('accepted'), total('duplicates'), total('conflicts'), total('rejected')]).toEqual([44, 1, 1, 3]);
    expect([total('withoutKey'), total('otherKey')]).toEqual([1, 1]);

    const rejected = await broker.readTopic(rejectedTopic);
    expect(rejected.map(({ headers }) => headers['touchstone-code']).sort()).toEqual([
      'conflict',
      'invalid_event',
      'invalid_json',
      'invalid_json',
    ]);
    const same = rejected.find(({ value }) => value === poison.value);
    expect(same).toMatchObject({
      key: 'c-1',
      headers: {
        'content-type': 'application/cloudevents+json',
        trace: 'a,b',
        'touchstone-topic': topic,
        'touchstone-rejected-at': expect.stringMatching(/Z$/),
      },
    });
    const source = (await broker.readTopic(topic)).find(({ value }) => value === poison.value);
    expect(Number(same?.headers['touchstone-offset'])).toBe(source?.offset);
    expect(Number(same?.headers['touchstone-partition'])).toBe(source?.partition);
    const inBatch = rejected.find(({ value }) => value?.startsWith('['));
    expect(JSON.parse(inBatch?.headers['touchstone-errors'] ?? '')).toMatchObject([
      { index: 1, code: 'invalid_event' },
    ]);
    expect((await store.listRejections({ limit: 10 })).map(({ code }) => code).sort()).toEqual([
      'conflict',
      'invalid_event',
      'invalid_json',
      'invalid_json',
    ]);
  });

  test('events of a Java service arrive, in binary mode and with Snappy', async () => {
    const [topic, rejectedTopic] = [unique('java'), unique('java.rejected')];
    await broker.createTopic(topic, 2);
    await broker.createTopic(rejectedTopic, 1);
    const store = await logForTest();
    const lines = [1, 2, 3].map((n) => {
      const { data, datacontenttype, ...attributes } = momentEvent(n);
      const headers = Object.entries(attributes).map(([name, value]) => `ce_${name}=${value}`);
      return `content-type=${datacontenttype},${headers}\t${attributes.subject}\t${JSON.stringify(data)}`;
    });
    await consoleProduce(broker.url, topic, 'snappy', lines);
    const all = gate();
    ingressInto(store, topic, rejectedTopic, (handled) => handled === 3 && all.open());
    await all.promise;
    expect((await storedIds(store)).sort()).toEqual(['e-1', 'e-2', 'e-3']);
    expect(await broker.readTopic(rejectedTopic)).toEqual([]);
  });

  test('what the server of the log takes in no append is rejected by name, and its partition goes on', async () => {
    const [topic, rejectedTopic] = [unique('small'), unique('small.rejected')];
    await broker.createTopic(topic, 1);
    await broker.createTopic(rejectedTopic, 1);
    const server = await givenServer({ maxAppendBytes: 64 * 1024 });
    const store = await givenStore(server);
    const [some, all] = [gate(), gate()];
    ingressInto(store, topic, rejectedTopic, (handled) => {
      if (handled === 3) some.open();
      if (handled === 6) all.open();
    });
    const large = [70_000, 20_000].map((bytes, n) => ({ ...momentEvent(3 * n + 1), comment: 'x'.repeat(bytes) }));
    const produce = (n: number) =>
      bus().produce(
        topic,
        [momentEvent(3 * n), large[n]!, momentEvent(3 * n + 2)].map((event) => structured(event)),
      );
    await produce(0);
    await some.promise;
    server.faults.maxAppendBytes = 16 * 1024;
    await produce(1);
    await all.promise;
    expect((await storedIds(store)).sort()).toEqual(['e-0', 'e-2', 'e-3', 'e-5']);
    const rejected = await broker.readTopic(rejectedTopic);
    const headers = expect.objectContaining({ 'touchstone-code': 'event_too_large' });
    expect(rejected).toMatchObject(large.map((event) => ({ value: JSON.stringify(event), headers })));
    expect((await store.listRejections({ limit: 10 })).map(({ code }) => code)).toEqual(
      Array(2).fill('event_too_large'),
    );
  });

  test('an event of a customer who was deleted for good is rejected by name, those of others who were cut are stored, and the partition goes on', async () => {
    const [topic, rejectedTopic] = [unique('erased'), unique('erased.rejected')];
    await broker.createTopic(topic, 1);
    await broker.createTopic(rejectedTopic, 1);
    const server = await givenServer();
    server.log.tombstone('customer-gone');
    const store = await givenStore(server);
    const cut = ['soft', 'max', 'tb'];
    for (const id of ['a', 'b']) await store.append(cut.map((customer) => event(`customer-${customer}`, id)));
    server.log.softDelete('customer-soft');
    server.log.limit('customer-max', { $maxCount: 1 });
    server.log.limit('customer-tb', { $tb: 2 });
    const erased = momentEvent(1, 'gone');
    const others = cut.map((customer, at) => momentEvent(30 + at, customer));
    await bus().produce(
      topic,
      [momentEvent(0), erased, ...others, momentEvent(2)].map((event) => structured(event)),
    );
    const all = gate();
    const { counts } = ingressInto(store, topic, rejectedTopic, (handled) => handled === 6 && all.open());
    await all.promise;
    expect(sum(counts, 'accepted')).toBe(5);
    const left = await Promise.all(cut.map((customer) => store.readStream(`customer-${customer}`)));
    expect(left.map((events) => events.map(({ id }) => id))).toEqual([['e-30'], ['e-31'], ['e-32']]);
    const [rejected] = await broker.readTopic(rejectedTopic);
    expect(rejected).toMatchObject({ value: JSON.stringify(erased), headers: { 'touchstone-code': 'erased' } });
  });

  test('a log that is sealed because it was copied is asked ever more seldom and its check says why; whoever reads on into the copy loses nothing', async () => {
    const [topic, rejectedTopic] = [unique('sealed'), unique('sealed.rejected')];
    await broker.createTopic(topic, 1);
    await broker.createTopic(rejectedTopic, 1);
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-sealed-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'events.db');
    const old = await sqliteEventStore({ file });
    onTestFinished(() => old.close());
    const watched = watchedAppends(old);
    let appends = 0;
    const refusedAt: number[] = [];
    const fourTimes = gate();
    const store: EventStore = {
      ...watched.store,
      append: (...of) => {
        appends++;
        return watched.store.append(...of).catch((error: unknown) => {
          if (refusedAt.push(performance.now()) === 4) fourTimes.open();
          throw error;
        });
      },
    };
    const produce = (from: number, to: number) =>
      bus().produce(
        topic,
        Array.from({ length: to - from }, (_, n) => structured(momentEvent(from + n))),
      );
    await produce(0, 40);
    const before = gate();
    const first = ingressInto(store, topic, rejectedTopic, (handled) => handled === 40 && before.open());
    await before.promise;

    const server = await givenServer();
    const [source, target] = [await openCopySource(file), await openCopyTarget(server.url)];
    await copyLog({
      source,
      target,
      namedPositionIn: cutNamedIn,
      isLast: true,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    await Promise.all([source.close(), target.close()]);
    await produce(40, 60);
    await fourTimes.promise;
    expect(refusedAt.slice(1).map((at, n) => at - refusedAt[n]! >= 45 * 2 ** n)).toEqual([true, true, true]);
    expect(watched.check.run()).toContain('it was copied to another place');
    expect(first.paused).toContainEqual([0]);
    await first.stop();
    const asked = appends;
    expect(await broker.committed(topic, topic)).toEqual([40]);

    const copy = await givenStore(server);
    const all = gate();
    const { counts } = ingressInto(copy, topic, rejectedTopic, (handled) => handled === 20 && all.open());
    await all.promise;
    expect(sum(counts, 'accepted')).toBe(20);
    expect(await storedIds(copy)).toEqual(Array.from({ length: 60 }, (_, n) => `e-${n}`));
    expect(await storedIds(old)).toHaveLength(40);
    expect(await broker.readTopic(rejectedTopic)).toEqual([]);
    expect(appends).toBe(asked);
  });

  test('a store that is down pauses its partitions; when it is back all is stored, in order, and nothing was committed before', async () => {
    const [topic, rejectedTopic] = [unique('down'), unique('down.rejected')];
    await broker.createTopic(topic, 2);
    await broker.createTopic(rejectedTopic, 1);
    const real = await logForTest();
    let isDown = true;
    const refusedTwice = gate();
    let refusals = 0;
    const store: EventStore = {
      ...real,
      append: (...of) => {
        if (!isDown) return real.append(...of);
        refusals += 1;
        if (refusals === 4) refusedTwice.open();
        throw new EventStoreError('unavailable', 'the store is down');
      },
    };
    await bus().produce(
      topic,
      Array.from({ length: 60 }, (_, n) => structured(momentEvent(n))),
    );
    const all = gate();
    const { paused } = ingressInto(store, topic, rejectedTopic, (handled) => handled === 60 && all.open());
    await refusedTwice.promise;
    expect(await broker.committed(topic, topic)).toEqual([-1, -1]);
    expect(paused).toContainEqual([0, 1]);
    isDown = false;
    await all.promise;
    const ids = await storedIds(store);
    expect(ids).toHaveLength(60);
    for (let customer = 0; customer < 23; customer++) {
      const mine = ids.map((id) => Number(id.slice(2))).filter((n) => n % 23 === customer);
      expect(mine).toEqual([...mine].sort((a, b) => a - b));
    }
  });
});
