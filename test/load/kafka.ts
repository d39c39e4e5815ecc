import { randomUUID } from 'node:crypto';
import { type EventBus, ingress, kafkaBus, relay } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import kafkajs from 'kafkajs';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { acceptInto, freshLog } from '../kafka-broker/sample.ts';
import { type BenchRow, formatRow, interleaved } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';

const COUNT = 40_000;
const PARTITIONS = 4;

/**
 * Measures one consumer from a topic to stored events against the bare client, which parses the
 * same messages and keeps nothing. Measures the relay from the log to its topic against the bus
 * alone, which sends messages of the same bytes.
 */
export async function benchKafka(): Promise<BenchRow[]> {
  const broker = await startBroker();
  const bus = kafkaBus(broker.url, { logger: silent });
  try {
    const topic = 'bench';
    await broker.createTopic(topic, PARTITIONS);
    await broker.createTopic('bench.rejected', 1);
    const headers = { 'content-type': 'application/cloudevents+json' };
    const messages = sampleEvents(COUNT).map((event) => ({
      key: event.subject,
      value: JSON.stringify(event),
      headers,
    }));
    for (let from = 0; from < COUNT; from += 5_000) await bus.produce(topic, messages.slice(from, from + 5_000));

    const rates = await interleaved({
      variants: {
        parse: () => parseRate(broker, topic),
        ingress: () => ingressRate(broker, topic),
      },
    });
    const relayed = await relayRates(broker, bus, messages);
    const [floor = 0, product = 0] = [rates.parse, rates.ingress];
    return [
      {
        name: 'Kafka ingress, one consumer, to a stored event',
        goalText: '≥ 0.3 of kafkajs that only parses',
        floor,
        product,
        ratio: product / floor,
        goal: 0.3,
        unit: 'events/s',
      },
      {
        name: 'Kafka relay, from the log to its topic',
        goalText: 'of messages sent a thousand at a time',
        floor: relayed.send!,
        product: relayed.relay!,
        ratio: relayed.relay! / relayed.send!,
        goal: null,
        unit: 'events/s',
      },
    ];
  } finally {
    await bus.close();
    await broker.stop();
  }
}

/**
 * From the first message received to the last, because joining the group takes a second or so and
 * is not the subject.
 */
async function parseRate(broker: Broker, topic: string): Promise<number> {
  const kafka = new kafkajs.Kafka({ brokers: [new URL(broker.url).host], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let parsed = 0;
  let started = 0;
  const ended = await new Promise<number>((resolve, reject) => {
    const eachBatch = async ({ batch }: kafkajs.EachBatchPayload) => {
      started ||= performance.now();
      for (const { value } of batch.messages) JSON.parse(String(value));
      parsed += batch.messages.length;
      if (parsed === COUNT) resolve(performance.now());
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return (COUNT * 1_000) / (ended - started);
}

async function ingressRate(broker: Broker, topic: string): Promise<number> {
  const store = await freshLog();
  const bus = kafkaBus(broker.url, { logger: silent });
  const stopping = new AbortController();
  const accept = acceptInto(store);
  let done = 0;
  let started = 0;
  let ended = 0;
  await ingress({
    bus,
    logger: silent,
    groupId: randomUUID(),
    topic,
    rejectedTopic: 'bench.rejected',
    signal: stopping.signal,
    accept: (batch) => {
      started ||= performance.now();
      return accept(batch);
    },
    onCounts: ({ accepted, messages }) => {
      if (accepted !== messages) throw new Error(`only ${accepted} of ${messages} messages were accepted`);
      done += messages;
      if (done < COUNT) return;
      ended = performance.now();
      stopping.abort();
    },
  });
  await bus.close();
  await store.release();
  return (COUNT * 1_000) / (ended - started);
}

type Message = Parameters<EventBus['produce']>[1][number];

async function relayRates(
  broker: Broker,
  bus: EventBus,
  messages: readonly Message[],
): Promise<Record<string, number>> {
  const store = await freshLog();
  const events = sampleEvents(COUNT).map(toAppend);
  for (let from = 0; from < COUNT; from += 5_000) await store.append(events.slice(from, from + 5_000));
  const onFreshTopic = async (work: (topic: string) => Promise<void>) => {
    const topic = `bench.${randomUUID()}`;
    await broker.createTopic(topic, PARTITIONS);
    const started = performance.now();
    await work(topic);
    return (COUNT * 1_000) / (performance.now() - started);
  };
  try {
    await broker.createTopic('bench.changes', 1);
    return await interleaved({
      variants: {
        send: () =>
          onFreshTopic(async (topic) => {
            for (let from = 0; from < COUNT; from += 1_000)
              await bus.produce(topic, messages.slice(from, from + 1_000));
          }),
        relay: () => onFreshTopic((topic) => relayAll(bus, store, topic)),
      },
    });
  } finally {
    await store.release();
  }
}

async function relayAll(bus: EventBus, store: EventStore, logTopic: string): Promise<void> {
  const stopping = new AbortController();
  let relayed = 0;
  await relay({
    store,
    bus,
    signal: stopping.signal,
    logger: silent,
    logTopic,
    changesTopic: 'bench.changes',
    onRelayed: (events) => {
      relayed += events.length;
      if (relayed === COUNT) stopping.abort();
    },
  });
}

if (import.meta.filename === process.argv[1]) for (const row of await benchKafka()) console.log(formatRow(row));
