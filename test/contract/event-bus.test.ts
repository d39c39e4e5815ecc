import {
  BusError,
  kafkaBus,
  type OffsetGap,
  type OutgoingMessage,
  parseKafkaUrl,
  partitionOf,
  RetryLater,
} from '@touchstone/event-bus';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gate, messagesOf, quickBus, quickTimes, reading, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { type Codec, consoleProduce } from '../kafka-broker/console-producer.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');

const message = (key: string, value: string): OutgoingMessage => ({ key, value, headers: {} });
const numbered = (count: number, keys = 7) =>
  Array.from({ length: count }, (_, n) => message(`key-${n % keys}`, String(n)));

test('the partition of a key is the one that Java producers and kafkajs choose', () => {
  const theirs = kafkajs.Partitioners.DefaultPartitioner();
  const metadata = (count: number) => Array.from({ length: count }, (_, partitionId) => ({ partitionId }));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
      const theirPartition = theirs({
        topic: 't',
        partitionMetadata: metadata(partitions) as kafkajs.PartitionMetadata[],
        message: { key, value: '' },
      });
      expect(partitionOf(key, partitions)).toBe(theirPartition);
    }),
  );
});

describeWithKafka('the bus over a real broker', () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  beforeAll(async () => {
    broker = await sharedBroker();
  });
  afterAll(() => broker?.release());

  test.each<Codec>(['gzip', 'snappy', 'lz4', 'zstd'])(
    'what a Java producer sends with compression %s arrives byte for byte',
    async (codec) => {
      const topic = unique(codec);
      await broker.createTopic(topic, 1);
      // More than one block of each codec, with stretches that compress well and others that hardly
      // do.
      const values = Array.from({ length: 400 }, (_, n) =>
        `${n}:${'ä€😀'.repeat(n % 50)}${(n * 7919) ** 3}`.padEnd(900, '.'),
      );
      await consoleProduce(
        broker.url,
        topic,
        codec,
        values.map((value, n) => `ce_id=${n}\tkey-${n}\t${value}`),
      );
      const bus = quickBus(broker.url);
      const read = reading(bus, { topic, groupId: topic });
      const received = messagesOf(await read.until((all) => messagesOf(all).length === values.length));
      expect(received.map(({ value }) => value?.toString())).toEqual(values);
      expect(received[17]?.headers.ce_id?.toString()).toBe('17');
      await read.stop();
      await bus.close();
    },
  );

  test.each(['gzip', 'snappy'])(
    'what we send with compression %s is taken by the broker and read again',
    async (codec) => {
      const topic = unique(codec);
      await broker.createTopic(topic, 2);
      const bus = quickBus(`${broker.url}?compression=${codec}`);
      const sent = numbered(500).map((one) => ({
        ...one,
        value: `${one.value}:${'€😀 '.repeat(100)}${Math.sin(Number(one.value))}`,
      }));
      await bus.produce(topic, sent);
      const found = await broker.readTopic(topic);
      expect(found.map(({ value }) => value).sort()).toEqual(sent.map(({ value }) => value).sort());
      await bus.close();
    },
  );

  test('messages of one key stay in one partition and in order, over many sends', async () => {
    const topic = unique('order');
    await broker.createTopic(topic, 4);
    const bus = quickBus(broker.url);
    const all = numbered(3_000);
    await Promise.all([0, 1_000, 2_000].map((from) => bus.produce(topic, all.slice(from, from + 1_000))));
    const found = await broker.readTopic(topic);
    for (const key of new Set(all.map((one) => String(one.key)))) {
      const ofKey = found.filter((one) => one.key === key);
      expect(new Set(ofKey.map(({ partition }) => partition))).toEqual(new Set([partitionOf(key, 4)]));
      expect(ofKey.map(({ value }) => value)).toEqual(all.filter((one) => one.key === key).map(({ value }) => value));
    }
    await bus.close();
  });

  test('offsets are committed only after the handler has resolved', async () => {
    const topic = unique('commit');
    await broker.createTopic(topic, 1);
    const bus = quickBus(broker.url);
    await bus.produce(topic, numbered(30));
    const entered = gate();
    const leave = gate();
    const committed = gate();
    const read = reading(bus, {
      topic,
      groupId: topic,
      chunkMax: 10,
      onProgress: ({ offset }) => offset === 29n && committed.open(),
      handle: async ({ messages }) => {
        if (messages[0]?.offset !== 10n) return;
        entered.open();
        await leave.promise;
      },
    });
    await entered.promise;
    expect(await broker.committed(topic, topic)).toEqual([10]);
    leave.open();
    await committed.promise;
    expect(await broker.committed(topic, topic)).toEqual([30]);
    await read.stop();
    await bus.close();
  });

  test('a handler that asks for later pauses its own partition, in order, and no other', async () => {
    const topic = unique('pause');
    await broker.createTopic(topic, 2);
    const bus = quickBus(broker.url);
    const at = (partition: number, values: number[]) => values.map((n) => ({ ...message('k', String(n)), partition }));
    await bus.produce(topic, [...at(0, [1, 2, 3]), ...at(1, [4, 5])]);
    let isDown = true;
    let refusals = 0;
    const states: (readonly number[])[] = [];
    const read = reading(bus, {
      topic,
      groupId: topic,
      onState: ({ paused }) => states.push(paused),
      handle: async ({ partition }) => {
        if (partition !== 0 || !isDown) return;
        refusals += 1;
        throw new RetryLater('the store is down');
      },
    });
    await read.until((all) => messagesOf(all).length === 2);
    await bus.produce(topic, at(1, [6]));
    await read.until((all) => messagesOf(all).length === 3);
    isDown = false;
    const all = messagesOf(await read.until((batches) => messagesOf(batches).length === 6));
    expect(all.map(({ value }) => String(value))).toEqual(['4', '5', '6', '1', '2', '3']);
    expect(states).toContainEqual([0]);
    expect(refusals).toBeGreaterThan(0);
    await read.stop();
    await bus.close();
  });

  test('an error of the handler ends the consumer with it, and what it held comes again', async () => {
    const topic = unique('failed');
    await broker.createTopic(topic, 1);
    const bus = quickBus(broker.url);
    await bus.produce(topic, numbered(5));
    const mistake = new TypeError('a mistake of ours');
    let calls = 0;
    const failing = bus.consume({
      topic,
      groupId: topic,
      signal: new AbortController().signal,
      handle: async () => {
        calls += 1;
        throw mistake;
      },
    });
    await expect(failing).rejects.toBe(mistake);
    expect(calls).toBe(1);
    const read = reading(bus, { topic, groupId: topic });
    expect(messagesOf(await read.until((all) => messagesOf(all).length === 5))[0]?.offset).toBe(0n);
    await read.stop();
    await bus.close();
  });

  test('a message over the limit is named with its size and the way out; its neighbours before and after arrive', async () => {
    const topic = unique('large');
    await broker.createTopic(topic, 2, { 'max.message.bytes': '20000' });
    const bus = quickBus(broker.url);
    const at = (partition: number, value: string, label?: string): OutgoingMessage => ({
      ...message('k', value),
      partition,
      ...(label && { label }),
    });
    // Puts both partitions into one request, of which the broker takes one half and refuses the
    // other.
    const failed = bus.produce(topic, [at(0, 'a'), at(1, 'x'.repeat(30_000), 'event 17 of shop'), at(1, 'c')]);
    await expect(failed).rejects.toThrow(/^event 17 of shop \(30\d\d\d bytes\) is over .*max\.message\.bytes/);
    await expect(failed).rejects.toMatchObject({ code: 'too_large', isRetryable: false });
    // Sends as many messages as before, so that they would carry the same sequence numbers.
    await bus.produce(topic, [at(0, 'd')]);
    await bus.produce(topic, [at(0, 'e'), at(1, 'f')]);
    const values = (await broker.readTopic(topic)).map(({ partition, value }) => `${partition}${value}`);
    expect(values).toEqual(expect.arrayContaining(['0a', '0d', '0e', '1f']));
    expect(values.filter((value) => value === '0d')).toHaveLength(1);
    await bus.close();
  });

  test('many small messages that are over the limit only together are sent in parts', async () => {
    const topic = unique('halves');
    await broker.createTopic(topic, 1, { 'max.message.bytes': '5000' });
    const bus = quickBus(broker.url);
    const sent = numbered(300).map((one) => ({ ...one, value: `${one.value}`.padStart(100, '0') }));
    await bus.produce(topic, sent);
    const values = (await broker.readTopic(topic)).map(({ value }) => value);
    expect([...new Set(values)]).toEqual(sent.map(({ value }) => value));
    await bus.close();
  });

  test('a topic that is missing, too narrow or compacted is an error that says what to do', async () => {
    const [absent, narrow, compacted] = [unique('absent'), unique('narrow'), unique('compacted')] as const;
    await broker.createTopic(narrow, 1);
    await broker.createTopic(compacted, 1, { 'cleanup.policy': 'compact' });
    const bus = quickBus(`${broker.url}?topics=check`);
    await expect(bus.ensureTopics([{ topic: absent, partitionsMin: 3 }])).rejects.toThrow(
      /does not exist.*kafka-topics\.sh --create --topic absent-.* --partitions 12/,
    );
    await expect(bus.ensureTopics([{ topic: narrow, partitionsMin: 3 }])).rejects.toThrow(
      /has 1 of the 3 partitions.*--alter/,
    );
    await expect(bus.ensureTopics([{ topic: compacted, partitionsMin: 1, mustKeepAll: true }])).rejects.toThrow(
      /cleanup\.policy=compact.*--add-config cleanup\.policy=delete/,
    );
    await expect(bus.produce(absent, numbered(1))).rejects.toMatchObject({ code: 'unknown_topic' });
    const reader = bus.consume({
      topic: absent,
      groupId: absent,
      signal: new AbortController().signal,
      handle: async () => {},
    });
    await expect(reader).rejects.toMatchObject({ code: 'unknown_topic' });
    await bus.close();
  });

  test('topics that are missing are created as they must be, by several services at once', async () => {
    const spec = { topic: unique('made'), partitionsMin: 3, config: { 'retention.ms': '86400000' }, mustKeepAll: true };
    const buses = [1, 2, 3].map(() => quickBus(`${broker.url}?partitions=6`));
    await Promise.all(buses.map((bus) => bus.ensureTopics([spec])));
    expect(await buses[0]?.partitionCount(spec.topic)).toBe(6);
    await Promise.all(buses.map((bus) => bus.close()));
  });

  test('a broker that refuses our name says so, and takes the right one', async () => {
    const wrong = quickBus(broker.saslUrl.replace(/:[^:@]+@/, ':wrong@'));
    await expect(wrong.ensureTopics([])).rejects.toMatchObject({
      code: 'not_authenticated',
      message: expect.stringContaining('KAFKA_URL'),
    });
    await wrong.close();
    const none = quickBus(broker.saslUrl.replace(/\/\/.*@/, '//'), { sendMs: 2_000 });
    await expect(none.ensureTopics([])).rejects.toBeInstanceOf(BusError);
    await none.close();
    const right = quickBus(broker.saslUrl);
    const topic = unique('sasl');
    await right.ensureTopics([{ topic, partitionsMin: 1 }]);
    await right.produce(topic, numbered(3));
    expect(await broker.readTopic(topic)).toHaveLength(3);
    expect(await right.check()).toBeNull();
    await right.close();
  });

  test('a broker that is not there is an error within the time that was set', async () => {
    const bus = kafkaBus('kafka://127.0.0.1:1', { logger: silent, times: { ...quickTimes, sendMs: 1_000 } });
    await expect(bus.produce('t', numbered(1))).rejects.toMatchObject({ code: 'unavailable', isRetryable: true });
    expect(await bus.check()).toContain('127.0.0.1:1');
    await bus.close();
  });

  test('the last message of each partition is found, and null where there is none', async () => {
    const topic = unique('last');
    await broker.createTopic(topic, 3);
    const bus = quickBus(broker.url);
    expect(await bus.lastMessages(topic)).toEqual([null, null, null]);
    await bus.produce(topic, [
      { ...message('a', '1'), partition: 0 },
      { ...message('a', '2'), partition: 2 },
      { ...message('a', '3'), partition: 2 },
    ]);
    const last = await bus.lastMessages(topic);
    expect(last.map((one) => one?.value?.toString() ?? null)).toEqual(['1', null, '3']);
    await bus.close();
  });

  test('messages that were deleted before the group read them are noticed, with others left and with none', async () => {
    const topic = unique('gap');
    await broker.createTopic(topic, 2);
    const bus = quickBus(broker.url);
    await bus.produce(
      topic,
      numbered(10).map((one) => ({ ...one, partition: 0 })),
    );
    await bus.produce(
      topic,
      numbered(4).map((one) => ({ ...one, partition: 1 })),
    );
    await broker.deleteRecords(topic, [
      { partition: 0, offset: '6' },
      { partition: 1, offset: '4' },
    ]);
    const gaps: OffsetGap[] = [];
    const read = reading(bus, { topic, groupId: topic, onOffsetGap: (gap) => void gaps.push(gap) });
    await read.until((all) => messagesOf(all).length === 4);
    const seen = gaps.map(({ partition, from, to, next }) => [partition, from, to, next?.value?.toString()]);
    expect(seen).toEqual(
      expect.arrayContaining([
        [0, 0n, 6n, '6'],
        [1, 0n, 4n, undefined],
      ]),
    );
    expect(seen).toHaveLength(2);
    await read.stop();
    await bus.close();
  });

  test('messages that unpack to more than may be are passed over as a gap that is named, and read no second time', async () => {
    const topic = unique('bomb');
    await broker.createTopic(topic, 1);
    const bus = quickBus(`${broker.url}?compression=gzip`);
    await bus.produce(topic, numbered(3));
    const client = new kafkajs.Kafka({ brokers: [new URL(broker.url).host], logLevel: kafkajs.logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    const value = Buffer.alloc(1024 * 1024);
    const sendTooMuch = () =>
      producer.send({
        topic,
        compression: kafkajs.CompressionTypes.GZIP,
        messages: Array.from({ length: 65 }, () => ({ value })),
      });
    await sendTooMuch();
    await bus.produce(topic, numbered(2));
    const gaps: OffsetGap[] = [];
    const read = reading(bus, { topic, groupId: topic, onOffsetGap: (gap) => void gaps.push(gap) });
    const received = messagesOf(await read.until((all) => messagesOf(all).length === 5));
    expect(received.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 68n, 69n]);
    expect(gaps).toMatchObject([{ why: 'unreadable', partition: 0, from: 3n, to: 68n }]);
    await read.stop();
    const again = reading(bus, { topic, groupId: topic, onOffsetGap: (gap) => void gaps.push(gap) });
    await bus.produce(topic, numbered(1));
    expect(messagesOf(await again.until((all) => messagesOf(all).length === 1))[0]!.offset).toBe(70n);
    expect(gaps).toHaveLength(1);
    // After the first of two unreadable batches in a row nothing is known.
    await sendTooMuch();
    await sendTooMuch();
    await producer.disconnect();
    await bus.produce(topic, numbered(1));
    expect(messagesOf(await again.until((all) => messagesOf(all).length === 2))[1]!.offset).toBe(201n);
    expect(gaps.slice(1)).toMatchObject([
      { why: 'unreadable', from: 71n, to: 136n, next: null },
      { why: 'unreadable', from: 136n, to: 201n },
    ]);
    await again.stop();
    await bus.close();
  });

  test('partitions that are added while a consumer runs are read from their beginning', async () => {
    const topic = unique('wider');
    await broker.createTopic(topic, 1);
    const bus = quickBus(broker.url);
    await bus.produce(topic, numbered(10));
    const assigned: number[][] = [];
    const read = reading(bus, {
      topic,
      groupId: topic,
      onAssigned: (partitions, of) => void assigned.push([...partitions, of]),
    });
    await read.until((all) => messagesOf(all).length === 10);
    await broker.addPartitions(topic, 3);
    const writer = quickBus(broker.url);
    await writer.produce(topic, numbered(40));
    const all = await read.until((batches) => messagesOf(batches).length === 50);
    expect(new Set(all.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(assigned).toEqual([
      [0, 1],
      [1, 2, 3],
    ]);
    await read.stop();
    await bus.close();
    await writer.close();
  });
});

test('a URL says everything, and every mistake in it is told at once without its password', () => {
  expect(parseKafkaUrl('kafka://me:p%40ss@a:1,b:2?ssl=true&mechanism=scram-sha-512')).toMatchObject({
    brokers: ['a:1', 'b:2'],
    ssl: true,
    sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'p@ss' },
    topics: 'create',
    partitions: 12,
  });
  expect(parseKafkaUrl('kafka://a:1')).toMatchObject({ ssl: false, brokers: ['a:1'] });
  let told = '';
  try {
    parseKafkaUrl('kafka://me:secret@a?ssl=yes&turbo=1&partitions=0');
  } catch (error) {
    told = (error as Error).message;
  }
  for (const part of ['"a" must be host:port', 'ssl', 'turbo', 'partitions']) expect(told).toContain(part);
  expect(told).not.toContain('secret');
  expect(() => parseKafkaUrl('http://a:1')).toThrow(/not a Kafka URL/);
});
