import {
  BusError,
  type IngressCounts,
  ingress,
  type LogBatch,
  type LogHole,
  readLog,
  relay,
  resumePosition,
} from '@touchstone/event-bus';
import { type EventStore, EventStoreError, type EventToAppend, type StoredEvent } from '@touchstone/event-store';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ReadMessage } from '../kafka-broker/broker.ts';
import { gate, quickBus, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { consoleProduce } from '../kafka-broker/console-producer.ts';
import { missingForKafka } from '../kafka-broker/kafka-jars.ts';
import {
  acceptInto,
  freshLog,
  logEvent,
  logEvents,
  momentEvent,
  storedIds,
  structured,
} from '../kafka-broker/sample.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';

const missing = await missingForKafka();

describe.skipIf(missing)(`the way in and out over Kafka${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  const endings: (() => Promise<void>)[] = [];
  const finally_ = (end: () => Promise<void>) => void endings.unshift(end);
  beforeAll(async () => {
    broker = await sharedBroker();
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });
  afterAll(() => broker?.release());

  async function log() {
    const store = await freshLog();
    finally_(store.release);
    return store;
  }
  function bus() {
    const one = quickBus(broker.url);
    finally_(one.close);
    return one;
  }

  /** An ingress that counts what became of the messages. */
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
    finally_(async () => {
      stopping.abort();
      await running;
    });
    return { counts, paused, running };
  }

  const isMark = ({ headers }: ReadMessage) => headers['touchstone-mark'] !== undefined;
  /** What stands in a log topic, without the marks. */
  const eventsOf = async (topic: string) => (await broker.readTopic(topic)).filter((message) => !isMark(message));

  const sum = (counts: readonly IngressCounts[], name: keyof IngressCounts) =>
    counts.reduce((total, one) => total + one[name], 0);

  test('every message ends as accepted, duplicate, conflict or rejected, and the last two stand in the rejected topic as they came', async () => {
    const [topic, rejectedTopic] = [unique('in'), unique('in.rejected')];
    await broker.createTopic(topic, 3);
    await broker.createTopic(rejectedTopic, 1);
    const store = await log();
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
    const store = await log();
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

  test('a store that is down pauses its partitions; when it is back all is stored, in order, and nothing was committed before', async () => {
    const [topic, rejectedTopic] = [unique('down'), unique('down.rejected')];
    await broker.createTopic(topic, 2);
    await broker.createTopic(rejectedTopic, 1);
    const real = await log();
    let isDown = true;
    const refusedTwice = gate();
    let refusals = 0;
    const store: EventStore = {
      ...real,
      append: (events: readonly EventToAppend[]) => {
        if (!isDown) return real.append(events);
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

  /** Relays until the log is in the topic, or a given number of events has been sent. */
  async function relayUntil(
    store: EventStore,
    logTopic: string,
    changesTopic: string,
    position: bigint,
    batchMax = 50,
  ) {
    const stopping = new AbortController();
    let last = 0n;
    await relay({
      store,
      bus: bus(),
      logger: silent,
      logTopic,
      changesTopic,
      batchMax,
      signal: stopping.signal,
      onRelayed: (events) => {
        last = events.at(-1)?.position ?? last;
        if (last >= position) stopping.abort();
      },
    });
    return last;
  }

  test('the log arrives whole, each customer in order, and a relay that starts anew goes on where the topic ends', async () => {
    const [logTopic, changesTopic] = [unique('log'), unique('changes')];
    await broker.createTopic(logTopic, 4);
    await broker.createTopic(changesTopic, 1);
    const store = await log();
    await store.append(logEvents(0, 200));
    await store.append([logEvent(500, 'changes-c-1'), logEvent(501, 'definitions')]);
    await store.append(logEvents(200, 400));
    const head = await store.head();

    const stoppedAt = await relayUntil(store, logTopic, changesTopic, 120n);
    expect(stoppedAt).toBeLessThan(head);
    const resumedAt = await resumePosition(bus(), logTopic);
    expect(resumedAt).toBeLessThanOrEqual(stoppedAt);
    expect(resumedAt).toBeGreaterThan(0n);
    await relayUntil(store, logTopic, changesTopic, head);

    const found = await eventsOf(logTopic);
    const positions = found.map(({ headers }) => BigInt(headers['touchstone-position'] ?? 0));
    const expected: bigint[] = [];
    for await (const page of store.readAll()) expected.push(...page.map((event) => event.position));
    expect([...new Set(positions)].sort((a, b) => Number(a - b))).toEqual(expected);
    // Repeats: the last batch before the stop, and no more.
    expect(positions.length - expected.length).toBeLessThanOrEqual(50);
    expect(found.find(({ headers }) => headers['touchstone-stream'] === 'changes-c-1')?.key).toBe('c-1');
    const changes = await broker.readTopic(changesTopic);
    expect(new Set(changes.map(({ headers }) => headers.ce_id))).toEqual(new Set(['e-500']));
  });

  /** Reads the log topic until `enough` says so. */
  async function readUntil(
    topic: string,
    enough: (batches: readonly LogBatch[]) => boolean,
    isCovered?: (hole: LogHole) => Promise<boolean>,
  ): Promise<LogBatch[]> {
    const stopping = new AbortController();
    const batches: LogBatch[] = [];
    await readLog({
      bus: bus(),
      topic,
      groupId: topic,
      signal: stopping.signal,
      ...(isCovered && { isCovered }),
      handle: async (batch) => {
        batches.push(batch);
        if (enough(batches)) stopping.abort();
      },
    });
    return batches;
  }
  const events = (batches: readonly LogBatch[]) => batches.flatMap((batch) => batch.events);

  test('a reader gets each event of the log as it is stored, repeats of the relay left out, across added partitions', async () => {
    const [logTopic, changesTopic] = [unique('read'), unique('changes')];
    await broker.createTopic(logTopic, 2);
    await broker.createTopic(changesTopic, 1);
    const store = await log();
    await store.append(logEvents(0, 100));
    await relayUntil(store, logTopic, changesTopic, 100n);
    // A second relay that saw nothing of the first repeats its last batch.
    await relayUntil(store, logTopic, changesTopic, 100n);
    await broker.addPartitions(logTopic, 3);
    await store.append(logEvents(100, 200));
    await relayUntil(store, logTopic, changesTopic, 200n);

    const positions = new Set<bigint>();
    const batches = await readUntil(logTopic, (all) => {
      for (const { position } of events(all)) positions.add(position);
      return positions.size === 200;
    });
    // Field by field: a store may answer with getters.
    const whole = ({ position, recordedAt, stream, id, source, type, time, body }: StoredEvent) => {
      return { position, recordedAt, stream, id, source, type, time, body };
    };
    const stored = new Map<bigint, StoredEvent>();
    for await (const page of store.readAll()) for (const event of page) stored.set(event.position, event);
    for (const event of events(batches)) expect(event).toEqual(whole(stored.get(event.position) as StoredEvent));
    // Partitions 0 and 1 start twice: once when they are given, once when customers had moved. Under one layout nothing repeats.
    const starts = batches.filter(({ isStart }) => isStart).map(({ partition }) => partition);
    expect(starts.sort()).toEqual([0, 0, 1, 1, 2]);
    expect(events(batches).length).toBeLessThanOrEqual(200 + 50);
  });

  test('a partition that nothing comes for is told how far the log is, once; a relay and a reader go on from there', async () => {
    const [logTopic, changesTopic] = [unique('marked'), unique('changes')];
    await broker.createTopic(logTopic, 4);
    await broker.createTopic(changesTopic, 1);
    const store = await log();
    await store.append([logEvent(0, 'customer-c-0'), logEvent(1, 'customer-c-0')]);
    const stopping = new AbortController();
    const relaying = relay({ store, bus: bus(), logger: silent, logTopic, changesTopic, signal: stopping.signal });
    /** Reads until every partition is known to be as far as the log. */
    const readTo = async (position: bigint) => {
      const reached = new Map<number, bigint>();
      const batches = await readUntil(logTopic, (all) => {
        for (const { partition, upTo } of all) reached.set(partition, upTo);
        return [0, 1, 2, 3].every((partition) => reached.get(partition) === position);
      });
      return events(batches).map((event) => event.position);
    };
    expect(await readTo(2n)).toEqual([1n, 2n]);
    await store.append([logEvent(2, 'customer-c-1')]);
    expect(await readTo(3n)).toEqual([3n]);
    stopping.abort();
    await relaying;
    const messages = await broker.readTopic(logTopic);
    expect(messages.filter(isMark).every(({ key, value }) => key === null && value === null)).toBe(true);
    expect(messages.filter((message) => message.headers['touchstone-mark'] === '3')).toHaveLength(3);
    expect(await resumePosition(bus(), logTopic)).toBe(3n);
  });

  test('a hole in the topic ends a reader with what to do, unless the read model is known to hold it', async () => {
    const [logTopic, changesTopic] = [unique('gap'), unique('changes')];
    await broker.createTopic(logTopic, 1);
    await broker.createTopic(changesTopic, 1);
    const store = await log();
    await store.append(logEvents(0, 50));
    await relayUntil(store, logTopic, changesTopic, 50n);
    await broker.deleteRecords(logTopic, [{ partition: 0, offset: '20' }]);

    const refused = readUntil(logTopic, () => true);
    await expect(refused).rejects.toThrow(/offsets 0 to 19 were deleted.*before position 21.*touchstone rebuild/);
    await expect(refused).rejects.toBeInstanceOf(BusError);
    const holes: LogHole[] = [];
    const batches = await readUntil(
      logTopic,
      (all) => events(all).length === 30,
      async (hole) => {
        holes.push(hole);
        return hole.before !== null && hole.before <= 21n;
      },
    );
    expect(events(batches)[0]?.position).toBe(21n);
    expect(holes).toHaveLength(1);
  });

  test('a message on the log topic that the relay did not write is named, and nothing is built on it', async () => {
    const logTopic = unique('foreign');
    await broker.createTopic(logTopic, 1);
    await bus().produce(logTopic, [structured(momentEvent(1))]);
    await expect(readUntil(logTopic, () => true)).rejects.toMatchObject({ code: 'foreign_message' });
    await expect(resumePosition(bus(), logTopic)).rejects.toThrow(/partition 0 offset 0 has no header/);
  });

  test('an event that the log topic does not take is named, waited for and never passed over', async () => {
    const [logTopic, changesTopic] = [unique('narrow'), unique('changes')];
    await broker.createTopic(logTopic, 1, { 'max.message.bytes': '3000' });
    await broker.createTopic(changesTopic, 1);
    const store = await log();
    const large = { ...logEvent(1), body: JSON.stringify({ ...momentEvent(1), note: 'x'.repeat(4_000) }) };
    await store.append([logEvent(0), large, logEvent(2)]);
    const stopping = new AbortController();
    const reason = await new Promise<string>((resolve, reject) => {
      relay({
        store,
        bus: bus(),
        logger: silent,
        logTopic,
        changesTopic,
        pauseMs: [10, 50],
        signal: stopping.signal,
        onState: (state) => state.reason && resolve(state.reason),
      }).catch(reject);
    });
    stopping.abort();
    expect(reason).toMatch(/^event e-1 of shop \(position 2, stream customer-c-1\).*max\.message\.bytes/);
    const found = await eventsOf(logTopic);
    expect(found.every(({ headers }) => headers['touchstone-position'] === '1')).toBe(true);
  });
});
