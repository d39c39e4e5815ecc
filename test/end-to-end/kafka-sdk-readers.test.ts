import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sqliteEventStore } from '@touchstone/event-store';
import { announcementEvent, clockCorrectedEvent, parkedRetryEvent } from '@touchstone/journey';
import { asCloudEvent, randomHistories, shop } from '@touchstone/journey/testing';
import { recordLeap } from '@touchstone/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ReadTopics, readTopicsWithJava, readTopicsWithPython } from '../cloudevents-sdks/topic-readers.ts';
import { projected, request, startSystem } from '../crash/system-process.ts';
import { type Broker, type ReadMessage, startBroker } from '../kafka-broker/broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');
const describeWithJava = await describeWith('cloudeventsForJava');
const describeWithPython = await describeWith('cloudeventsForPython');

const [LOG, CHANGES] = ['touchstone.log', 'touchstone.changes'];
const at = Date.UTC(2026, 0, 1);
const announced = announcementEvent(
  'Noé',
  { kind: 'journey-completed', journeyId: 'o-1', journeyType: 'order', at },
  true,
);
const { specversion: _, ...older } = announced;

/**
 * Stores event types that only failures cause, and an announcement in its form before announcements
 * had a `specversion`.
 */
async function storeRareEvents(file: string): Promise<void> {
  const store = await sqliteEventStore({ file });
  const told = new Map([['one', { id: announced.id, dueAt: at }]]);
  const correction = clockCorrectedEvent('Noé', { settledTo: at, corrections: 0, unreadable: [], told }, at - 1)!;
  for (const event of [older, parkedRetryEvent('Noé', [3n], { id: 'one', at }), correction]) {
    const { id, source, type, subject } = event;
    const time = Date.parse(event.time);
    await store.append([{ stream: `changes-${subject}`, id, source, type, time, body: JSON.stringify(event) }]);
  }
  await recordLeap(store, { at, byMs: 60_000, outcome: 'returned', customers: 0 });
  await store.close();
}

async function putDefinition(url: string): Promise<void> {
  const answer = await fetch(`${url}/v1/definitions/${shop.type}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(shop),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Resolves when the whole log, including its announcements, is in the topic. */
async function relayed(url: string): Promise<void> {
  for (;;) {
    const { log } = await request<{ log: string }>(`${url}/v1/position`);
    const { relayed: upTo } = await request<{ relayed: string }>(`${url}/v1/conservation`);
    if (upTo === log) return;
    await pause(50);
  }
}

const typeOf = ({ message }: { message: ReadMessage }): string => JSON.parse(message.value!).type;

describeWithKafka('what the CloudEvents SDKs read of a running system over Kafka', () => {
  let folder: string;
  let broker: Broker;
  let sent: { topic: string; message: ReadMessage }[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchstone-sdk-readers-'));
    broker = await startBroker();
    await storeRareEvents(join(folder, 'events.db'));
    const system = await startSystem(folder, { KAFKA_URL: `${broker.url}?partitions=3`, CLOCK: 'log' });
    await putDefinition(system.url);
    await request(`${system.url}/v1/events`, randomHistories(12, 11).flat().map(asCloudEvent));
    await projected(system);
    await relayed(system.url);
    expect(await system.stop()).toBe(0);
    const all = await Promise.all(
      [LOG, CHANGES].map(async (topic) => (await broker.readTopic(topic)).map((message) => ({ topic, message }))),
    );
    sent = all.flat();
  }, 600_000);
  afterAll(async () => {
    await broker?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('both topics hold every kind of event: published, definitions, clocks, announcements and marks', () => {
    const types = (topic: string) => new Set(sent.filter((one) => one.topic === topic).map(typeOf));
    const changes = ['promise-broken', 'journey-completed', 'trust-changed', 'parked-retried', 'clock-corrected'].map(
      (kind) => `touchstone.change.${kind}.v1`,
    );
    const others = ['moment.recorded', 'definition.put', 'clock.leapt', 'mark'].map((kind) => `touchstone.${kind}.v1`);
    expect([...types(CHANGES)]).toEqual(expect.arrayContaining(changes));
    expect([...types(LOG)]).toEqual(expect.arrayContaining([...changes, ...others]));
    const asStored = sent.filter(({ message }) => message.value === JSON.stringify(older));
    expect(asStored.map(({ topic }) => topic)).toEqual([LOG]);
  });

  async function expectEveryMessageRead(readTopics: ReadTopics): Promise<void> {
    const read = await readTopics(broker.url, [LOG, CHANGES]);
    const place = (topic: string, partition: number, offset: number) => `${topic}/${partition}/${offset}`;
    const found = new Map(read.map(({ topic, partition, offset, read }) => [place(topic, partition, offset), read]));
    expect(found.size).toBe(sent.length);
    for (const { topic, message } of sent) {
      // The relay sends it exactly as stored, and some SDKs reject it.
      if (topic === LOG && message.value === JSON.stringify(older)) continue;
      const { specversion, id, source, type, subject = null, data } = JSON.parse(message.value!);
      const bindings = Object.values(found.get(place(topic, message.partition, message.offset))!);
      expect(bindings.length).toBeGreaterThan(0);
      for (const understood of bindings)
        expect(understood, message.value!).toEqual({ specversion, id, source, type, subject, data });
    }
  }

  describeWithJava('with Java', () => {
    test(
      'each message of both topics is the event that was meant, but for one stored without a specversion, in the log',
      () => expectEveryMessageRead(readTopicsWithJava),
      150_000,
    );
  });
  describeWithPython('with Python', () => {
    test(
      'each message of both topics is the event that was meant, but for one stored without a specversion, in the log',
      () => expectEveryMessageRead(readTopicsWithPython),
      150_000,
    );
  });
});
