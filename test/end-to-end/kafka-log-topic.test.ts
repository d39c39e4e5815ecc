import { BusError, type LogBatch, type LogGap, readLog, relay, resumePosition } from '@touchstone/event-bus';
import type { EventStore, StoredEvent } from '@touchstone/event-store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReadMessage } from '../kafka-broker/broker.ts';
import { silent, unique } from '../kafka-broker/bus-for-test.ts';
import { logEvent, logEvents, momentEvent, structured } from '../kafka-broker/sample.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { busForTest, logForTest } from './log-and-bus-for-test.ts';

const describeWithKafka = await describeWith('kafka');

describeWithKafka('the way out over Kafka', () => {
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  beforeAll(async () => {
    broker = await sharedBroker();
  });
  afterAll(() => broker?.release());
  const bus = () => busForTest(broker.url);

  const isMark = ({ headers }: ReadMessage) => headers['touchstone-mark'] !== undefined;
  /** The messages of a log topic, without the marks. */
  const eventsOf = async (topic: string) => (await broker.readTopic(topic)).filter((message) => !isMark(message));

  /** Relays until the log is in the topic, or until so many events have been sent. */
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
    const store = await logForTest();
    await store.append(logEvents(0, 200));
    await store.append([logEvent(500, 'changes-c-1'), logEvent(501, 'definitions'), logEvent(502, 'alerts')]);
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
    // Only the last batch before the stop may be repeated.
    expect(positions.length - expected.length).toBeLessThanOrEqual(50);
    expect(found.find(({ headers }) => headers['touchstone-stream'] === 'changes-c-1')?.key).toBe('c-1');
    const changes = await broker.readTopic(changesTopic);
    expect(new Set(changes.map(({ headers }) => headers['touchstone-id']))).toEqual(new Set(['e-500', 'e-502']));
  });

  /** Reads the log topic until `enough` returns true. */
  async function readUntil(
    topic: string,
    enough: (batches: readonly LogBatch[]) => boolean,
    isCovered?: (gap: LogGap) => Promise<boolean>,
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
    const store = await logForTest();
    await store.append(logEvents(0, 100));
    await relayUntil(store, logTopic, changesTopic, 100n);
    // A second relay that knows nothing of the first repeats its last batch.
    await relayUntil(store, logTopic, changesTopic, 100n);
    await broker.addPartitions(logTopic, 3);
    await store.append(logEvents(100, 200));
    await relayUntil(store, logTopic, changesTopic, 200n);

    const positions = new Set<bigint>();
    const batches = await readUntil(logTopic, (all) => {
      for (const { position } of events(all)) positions.add(position);
      return positions.size === 200;
    });
    // Copied field by field, because a store may return objects with getters.
    const whole = ({ position, recordedAt, stream, id, source, type, time, body }: StoredEvent) => {
      return { position, recordedAt, stream, id, source, type, time, body };
    };
    const stored = new Map<bigint, StoredEvent>();
    for await (const page of store.readAll()) for (const event of page) stored.set(event.position, event);
    for (const event of events(batches)) expect(event).toEqual(whole(stored.get(event.position) as StoredEvent));
    // Partitions 0 and 1 start twice: when they are assigned, and after customers have moved.
    // Within one partition count nothing repeats.
    const starts = batches.filter(({ isStart }) => isStart).map(({ partition }) => partition);
    expect(starts.sort()).toEqual([0, 0, 1, 1, 2]);
    expect(events(batches).length).toBeLessThanOrEqual(200 + 50);
  });

  test('a partition that nothing comes for is told how far the log is, once; a relay and a reader go on from there', async () => {
    const [logTopic, changesTopic] = [unique('marked'), unique('changes')];
    await broker.createTopic(logTopic, 4);
    await broker.createTopic(changesTopic, 1);
    const store = await logForTest();
    await store.append([logEvent(0, 'customer-c-0'), logEvent(1, 'customer-c-0')]);
    const stopping = new AbortController();
    const relaying = relay({ store, bus: bus(), logger: silent, logTopic, changesTopic, signal: stopping.signal });
    /** Reads until every partition is known to have reached the log's position. */
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
    expect(messages.filter(isMark).every(({ key }) => key === null)).toBe(true);
    expect(messages.filter((message) => message.headers['touchstone-mark'] === '3')).toHaveLength(3);
    expect(await resumePosition(bus(), logTopic)).toBe(3n);
  });

  test('a gap in the topic ends a reader with what to do, unless the read model is known to hold it', async () => {
    const [logTopic, changesTopic] = [unique('gap'), unique('changes')];
    await broker.createTopic(logTopic, 1);
    await broker.createTopic(changesTopic, 1);
    const store = await logForTest();
    await store.append(logEvents(0, 50));
    await relayUntil(store, logTopic, changesTopic, 50n);
    await broker.deleteRecords(logTopic, [{ partition: 0, offset: '20' }]);

    const refused = readUntil(logTopic, () => true);
    await expect(refused).rejects.toThrow(/offsets 0 to 19 were deleted.*before position 21.*touchstone rebuild/);
    await expect(refused).rejects.toBeInstanceOf(BusError);
    const gaps: LogGap[] = [];
    const batches = await readUntil(
      logTopic,
      (all) => events(all).length === 30,
      async (gap) => {
        gaps.push(gap);
        return gap.before !== null && gap.before <= 21n;
      },
    );
    expect(events(batches)[0]?.position).toBe(21n);
    expect(gaps).toHaveLength(1);
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
    const store = await logForTest();
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
