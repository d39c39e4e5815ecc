import { type ConsumerState, ingress, readLog, relay } from '@touchstone/event-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { gate, quickBus, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { acceptInto, freshLog, momentEvent, storedIds, structured } from '../kafka-broker/sample.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');

describeWithKafka('a broker that dies or hangs', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker?.stop());

  /** Publisher → ingress → log → relay → reader, all over the one broker. */
  async function flow() {
    const names = {
      topic: unique('in'),
      rejectedTopic: unique('rejected'),
      logTopic: unique('log'),
      changesTopic: unique('changes'),
    };
    for (const topic of Object.values(names)) await broker.createTopic(topic, 3);
    const store = await freshLog();
    const bus = quickBus(broker.url);
    const stopping = new AbortController();
    const { signal } = stopping;
    const read = new Map<string, number>();
    const waiting = new Set<() => void>();
    const states = { ingress: [] as ConsumerState[], reader: [] as ConsumerState[] };
    const running = [
      ingress({
        bus,
        accept: acceptInto(store),
        logger: silent,
        signal,
        groupId: names.topic,
        ...names,
        onState: (state) => states.ingress.push(state),
      }),
      relay({ store, bus, logger: silent, signal, ...names, batchMax: 100, pauseMs: [50, 200] }),
      readLog({
        bus,
        topic: names.logTopic,
        groupId: names.logTopic,
        signal,
        onState: (state) => {
          states.reader.push(state);
          for (const check of waiting) check();
        },
        handle: async ({ events }) => {
          for (const { id } of events) read.set(id, (read.get(id) ?? 0) + 1);
          for (const check of waiting) check();
        },
      }),
    ];
    // A part that ends before it was stopped fails the test at once.
    const ended = Promise.all(running).then(() => Promise.reject(new Error('it all ended before')));
    ended.catch(() => {});
    const until = (done: () => boolean) =>
      Promise.race([
        ended,
        new Promise<void>((resolve) => {
          const check = () => done() && resolve();
          waiting.add(check);
          check();
        }),
      ]);
    let sent = 0;
    return {
      store,
      read,
      states,
      until,
      /** Publishes, and retries until the broker has accepted. */
      async publish(count: number) {
        const events = Array.from({ length: count }, (_, n) => structured(momentEvent(sent + n)));
        sent += count;
        for (;;) {
          try {
            return await bus.produce(names.topic, events);
          } catch (error) {
            if (!(error as { isRetryable?: boolean }).isRetryable) throw error;
          }
        }
      },
      sent: () => sent,
      async end() {
        stopping.abort();
        await Promise.all(running);
        await bus.close();
        await store.release();
      },
    };
  }

  test('killed and started again under ingress, relay and reader: everything arrives, stored once', async () => {
    const all = await flow();
    try {
      await all.publish(500);
      await all.until(() => all.read.size > 100);
      for (let round = 1; round <= 2; round++) {
        const publishing = all.publish(500);
        await broker.kill();
        const killedAt = performance.now();
        const restarting = broker.restart();
        const backAt = restarting.then(() => performance.now());
        await publishing;
        const sentAt = performance.now();
        await all.until(() => all.read.size === all.sent());
        const flowingAt = performance.now();
        const seconds = (from: number, to: number) => ((to - from) / 1_000).toFixed(1);
        console.log(
          `broker killed: back after ${seconds(killedAt, await backAt)} s, sends go through after ${seconds(killedAt, sentAt)} s, readers have all after ${seconds(killedAt, flowingAt)} s`,
        );
      }
      const ids = await storedIds(all.store);
      expect(ids).toHaveLength(all.sent());
      expect(new Set(ids).size).toBe(all.sent());
      expect([...all.read.keys()].sort()).toEqual([...ids].sort());
    } finally {
      await all.end();
    }
  });

  test('hung (SIGSTOP): sends fail within their limit, readiness says what it waits for, and all goes on afterwards', async () => {
    const all = await flow();
    const hasty = quickBus(broker.url, { sendMs: 1_500 });
    try {
      await all.publish(100);
      await all.until(() => all.read.size === 100);
      const [first] = all.states.reader.filter(({ isReady }) => isReady);
      expect(first).toBeDefined();
      broker.freeze();
      const failed = gate<unknown>();
      hasty.produce('any', [structured(momentEvent(1))]).catch(failed.open);
      expect(await failed.promise).toMatchObject({ code: 'unavailable' });
      await all.until(() => all.states.reader.at(-1)?.isReady === false);
      expect(all.states.reader.at(-1)?.reason).toBeTruthy();
      broker.thaw();
      await all.publish(100);
      await all.until(() => all.read.size === 200);
      expect(await storedIds(all.store)).toHaveLength(200);
    } finally {
      broker.thaw();
      await hasty.close();
      await all.end();
    }
  });
});
