import { randomUUID } from 'node:crypto';
import { ingress, kafkaBus } from '@touchstone/event-bus';
import kafkajs from 'kafkajs';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { acceptInto, freshLog } from '../kafka-broker/sample.ts';
import { type BenchRow, formatRow, interleaved } from './measure.ts';
import { sampleEvents } from './sample-events.ts';

const COUNT = 40_000;
const PARTITIONS = 4;

/** From a topic to stored events, one consumer, against the bare client that parses the same messages and keeps nothing. */
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
    ];
  } finally {
    await bus.close();
    await broker.stop();
  }
}

/** From the first message handed over to the last: joining the group, a second or so, is not what is measured. */
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

if (import.meta.filename === process.argv[1]) for (const row of await benchKafka()) console.log(formatRow(row));
