import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from '@touchstone/client';
import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { kafkaBus } from '@touchstone/event-bus';
import { expect, onTestFinished, test } from 'vitest';
import { startClickHouseServer } from '../clickhouse-server/server.ts';
import { startSystem } from '../crash/system-process.ts';
import { startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { structured } from '../kafka-broker/sample.ts';
import { differences } from '../oracle/differences.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { ABOUT_MANY, POSTED } from './questions-about-many.ts';

const describeWithKafka = await describeWith('kafka');

const SHOP = { seed: 7, customers: 90, days: 240, from: Date.UTC(2025, 6, 1) };
const HTTP_BATCH = 500;
/** A sum depends on the order in which the engine met the rows, in its last digits. */
const within = (expected: number) => 1e-9 * Math.max(1, Math.abs(expected));

type Event = Parameters<ReturnType<typeof createClient>['publish']>[0] extends
  | Iterable<infer Published>
  | AsyncIterable<infer Published>
  ? Published
  : never;
const events = [...simulateShop(SHOP)] as unknown as (Event & { readonly subject: string })[];
/** Each customer's events come by one way, which keeps their order. */
const isByKafka = ({ subject }: { readonly subject: string }) => subject.charCodeAt(subject.length - 1) % 2 === 0;

/** The answers of a running system to every question, by its address and body. */
async function answersOf(url: string, after: string): Promise<Map<string, unknown>> {
  const client = createClient({ url });
  const answers = new Map<string, unknown>();
  for (const [path, query] of ABOUT_MANY) {
    answers.set(`${path} ${JSON.stringify(query)}`, await client.get(path, query, { after }));
  }
  for (const [path, body] of POSTED) {
    answers.set(`${path} ${JSON.stringify(body)}`, await client.post(path, body, { after }));
  }
  return answers;
}

describeWithKafka('the full stack', () => {
  test('answers every question about journeys and customers as one process with embedded engines does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-parity-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const definitions = join(folder, 'shop.json');
    writeFileSync(definitions, JSON.stringify(shopDefinitions));
    const common = { CLOCK: 'log', DEFINITIONS: definitions, QUESTION_TIME_MAX: 'off' };

    const embedded = await startSystem(join(folder, 'embedded'), common);
    onTestFinished(() => embedded.kill());
    const { position } = await createClient({ url: embedded.url }).publish(events);
    const expected = await answersOf(embedded.url, position!);

    const [broker, eventStore, clickhouse] = await Promise.all([
      startBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    onTestFinished(async () => {
      await Promise.all([broker.stop(), eventStore.stop(), clickhouse.stop()]);
    });
    const full = await startSystem(join(folder, 'full'), {
      ...common,
      EVENT_STORE_URL: eventStore.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=4`,
    });
    onTestFinished(() => full.kill());
    const bus = kafkaBus(broker.url, { logger: silent });
    onTestFinished(() => bus.close());
    const client = createClient({ url: full.url });
    const overKafka = events.filter(isByKafka);
    for (let at = 0; at < overKafka.length; at += HTTP_BATCH) {
      await bus.produce(
        'touchstone.events',
        overKafka.slice(at, at + HTTP_BATCH).map((event) => structured(event as never)),
      );
    }
    await client.publish(events.filter((event) => !isByKafka(event)));
    const stored = async () => (await client.get('/v1/position')) as { log: string; accepted: number };
    while ((await stored()).accepted < events.length) await pause(100);
    const got = await answersOf(full.url, (await stored()).log);

    expect(got.size).toBe(ABOUT_MANY.length + POSTED.length);
    for (const [question, answer] of expected) {
      expect(differences(answer, got.get(question), within, question)).toEqual([]);
    }
  }, 300_000);
});
