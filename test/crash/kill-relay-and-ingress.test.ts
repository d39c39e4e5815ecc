import { setTimeout as pause } from 'node:timers/promises';
import { BusError, type EventBus, type OutgoingMessage } from '@touchstone/event-bus';
import { type EventStore, type EventToAppend, openEventStore, type StoredEvent } from '@touchstone/event-store';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, type ReadMessage, startBroker } from '../kafka-broker/broker.ts';
import { quickBus } from '../kafka-broker/bus-for-test.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { chanceOfRun, killsOf } from './chance.ts';
import { type DoomedRun, doomedProgram } from './doomed-program.ts';
import { madeUpLog } from './made-up-log.ts';
import type { RelayOrder } from './relay-until-killed.ts';
import type { TakeOrder } from './take-until-killed.ts';

const describeWithKafka = await describeWith('kafka');

/** Kills of the relay, and of the programs that take events in. */
const KILLS = killsOf(50);
const BROKER_KILLS = 3;
const CUSTOMERS = 100;
const TAKERS = 2;
const topics = {
  topic: 'events',
  rejectedTopic: 'events.rejected',
  logTopic: 'log',
  changesTopic: 'changes',
};
/** Pause while the broker is away, ms, because then no event occurs that a test could wait for. */
const QUIET_MS = 1_500;

describeWithKafka('ways in and out', () => {
  const chance = chanceOfRun();
  let broker: Broker;
  let eventStore: EventStoreDbServer;
  let takers: ReturnType<typeof doomedProgram<TakeOrder>>;
  let relays: ReturnType<typeof doomedProgram<RelayOrder>>;
  let store: EventStore;
  let bus: EventBus;
  beforeAll(async () => {
    [broker, eventStore] = await Promise.all([startBroker(), startEventStoreDbServer()]);
    for (const topic of Object.values(topics)) await broker.createTopic(topic, 3);
    takers = doomedProgram<TakeOrder>('take-until-killed.ts');
    relays = doomedProgram<RelayOrder>('relay-until-killed.ts');
    store = await openEventStore(eventStore.url);
    bus = quickBus(broker.url);
  });
  afterAll(async () => {
    await Promise.all([takers?.end(), relays?.end()]);
    await bus?.close();
    await store?.close();
    await Promise.all([broker?.stop(), eventStore?.stop()]);
  });

  test('relay and ingress killed -9 again and again, and the broker under them: each event is stored once, in its order, and passed on', async () => {
    onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
    const log = madeUpLog(CUSTOMERS, chance);
    const left = [...log.events];
    const kills = { ingress: 0, relay: 0, broker: 0 };
    const addresses = { ...topics, eventStoreUrl: eventStore.url, kafkaUrl: broker.url };
    const isOver = () => kills.ingress >= KILLS && kills.relay >= KILLS;
    let relay = relays.run(addresses);
    const taking = Array.from({ length: TAKERS }, () => takers.run(addresses));
    const killRelays = async () => {
      while (!isOver()) {
        await soon([relay], chance.pick(['sending', 'sending', 'relayed']));
        await pause(chance.between(0, chance.pick([5, 100])));
        await relay.kill();
        relay = relays.run(addresses);
        kills.relay++;
      }
    };
    const killTakers = async () => {
      let announced = 0;
      let restarting: Promise<void> = Promise.resolve();
      while (!isOver()) {
        const isAtWork = soon(taking, chance.pick(['given', 'stored', 'committed']));
        const share = Math.ceil(
          (left.length * TAKERS) / Math.max(TAKERS, KILLS - Math.min(kills.ingress, kills.relay)),
        );
        const publishing = publishAll(bus, left.splice(0, share));
        await announce(store, ++announced);
        await isAtWork;
        if (kills.ingress > ((kills.broker + 0.5) * KILLS) / BROKER_KILLS && kills.broker < BROKER_KILLS) {
          kills.broker++;
          await restarting;
          await broker.kill();
          restarting = broker.restart();
        }
        for (const victim of chance.some([...taking.keys()])) {
          await pause(chance.between(0, chance.pick([5, 100])));
          await taking[victim]!.kill();
          taking[victim] = takers.run(addresses);
          kills.ingress++;
        }
        await publishing;
      }
      await restarting;
    };
    await Promise.all([killRelays(), killTakers()]);
    await publishAll(bus, left);
    const sent = await broker.readTopic(topics.topic);
    console.log(
      `seed ${chance.seed}: ${log.events.length} events in ${sent.length} messages; killed: ${JSON.stringify(kills)}`,
    );
    await expect.poll(() => committed(broker), { timeout: 60_000 }).toBe(sent.length);
    const head = await store.head();
    await expect.poll(() => relay.hears<bigint>('position'), { timeout: 60_000 }).toBe(head);
    await expectStored(store, log.events);
    await expectRejected(store, log.events);
    await expectRelayed(store, broker);
  }, 1_500_000);
});

/** Resolves when one of the runs sends this message, or after `QUIET_MS` without one. */
async function soon(runs: readonly DoomedRun[], word: string): Promise<void> {
  const quiet = new AbortController();
  await Promise.race([
    ...runs.map((run) => run.next(word)),
    pause(QUIET_MS, undefined, { signal: quiet.signal }),
  ]).finally(() => quiet.abort());
}

const asMessage = ({ stream, body }: EventToAppend): OutgoingMessage => ({
  key: stream.replace('customer-', ''),
  value: body,
  headers: { 'content-type': 'application/cloudevents+json' },
});

/** Publishes one batch after the other, each again and again until the broker acknowledges it. */
async function publishAll(bus: EventBus, events: readonly EventToAppend[]): Promise<void> {
  for (let at = 0; at < events.length; ) {
    try {
      await bus.produce(topics.topic, events.slice(at, at + 10).map(asMessage));
      at += 10;
      await pause(10);
    } catch (error) {
      if (!(error instanceof BusError) || !error.isRetryable) throw error;
    }
  }
}

/** Appends an announcement, which the relay also sends to the topic of changes. */
async function announce(store: EventStore, nth: number): Promise<void> {
  const event = { id: `change-${nth}`, source: 'touchstone', type: 'touchstone.change.trust-changed.v1' };
  const subject = `c${nth % CUSTOMERS}`;
  const time = Date.UTC(2026, 0, 1) + nth;
  const at = new Date(time).toISOString();
  const body = JSON.stringify({ specversion: '1.0', ...event, subject, time: at, data: { nth } });
  await store.append([{ ...event, stream: `changes-${subject}`, time, body }]);
}

async function committed(broker: Broker): Promise<number> {
  const offsets = await broker.committed(topics.topic, topics.topic);
  return offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0);
}

const isGood = ({ source }: EventToAppend) => source !== '/wrong';

/** Checks that each acknowledged event is stored once, each customer's in the order published. */
async function expectStored(store: EventStore, events: readonly EventToAppend[]): Promise<void> {
  const good = events.filter(isGood);
  expect(await store.counts()).toEqual({ accepted: good.length, stored: good.length });
  for (const stream of new Set(good.map((event) => event.stream))) {
    const published = good.filter((event) => event.stream === stream).map(({ id }) => id);
    expect(
      (await store.readStream(stream)).map(({ id }) => id),
      stream,
    ).toEqual(published);
  }
}

/** Checks that the store keeps each invalid event as a rejection. */
async function expectRejected(store: EventStore, events: readonly EventToAppend[]): Promise<void> {
  const bad = new Set(events.filter((event) => !isGood(event)).map(({ id }) => id));
  const kept = await store.listRejections({ limit: 10_000 });
  expect(new Set(kept.map(({ eventId }) => eventId))).toEqual(bad);
}

/**
 * Checks that a consumer that reads the topics to their end and drops repetitions gets the log,
 * keyed by customer and in order, and the announcements.
 */
async function expectRelayed(store: EventStore, broker: Broker): Promise<void> {
  const log: StoredEvent[] = [];
  for await (const page of store.readAll()) log.push(...page);
  const announcements = log.filter(({ stream }) => stream.startsWith('changes-'));
  expect(announcements.length).toBeGreaterThan(0);
  const counts: Record<string, number> = {};
  for (const [topic, events] of [
    [topics.logTopic, log],
    [topics.changesTopic, announcements],
  ] as const) {
    const messages = (await broker.readTopic(topic)).filter(({ headers }) => headers['touchstone-mark'] === undefined);
    counts[topic] = messages.length - events.length;
    const read = withoutRepeats(messages);
    expect(read.size, topic).toBe(events.length);
    for (const { position, stream, body } of events) {
      const message = read.get(String(position));
      expect(message?.value).toBe(body);
      expect(message?.key).toBe(stream.replace(/^(?:customer|changes)-/, ''));
    }
  }
  console.log(`messages that came again: ${JSON.stringify(counts)}`);
}

/**
 * Drops repetitions by position: a message not beyond the furthest position of its partition has
 * been read already.
 */
function withoutRepeats(messages: readonly ReadMessage[]): Map<string, ReadMessage> {
  const furthest = new Map<number, bigint>();
  const read = new Map<string, ReadMessage>();
  for (const message of messages) {
    const at = message.headers['touchstone-position']!;
    if (BigInt(at) <= (furthest.get(message.partition) ?? -1n)) continue;
    furthest.set(message.partition, BigInt(at));
    read.set(at, message);
  }
  return read;
}
