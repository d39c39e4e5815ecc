import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventBus, kafkaBus } from '@touchstone/event-bus';
import type { JourneyEvent } from '@touchstone/journey';
import { asCloudEvent, randomHistories, shop } from '@touchstone/journey/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { structured } from '../kafka-broker/sample.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { expectMeasured, expectRejected, expectRelayed } from './full-stack-expectations.ts';

const describeWithKafka = await describeWith('kafka');

const CUSTOMERS = 45;
const HTTP_BATCH = 60;
/** The process is killed when these shares of the first half of the events have been accepted. */
const KILLED_AT = [0, 0.2, 0.6];
/**
 * Each customer's events come by one of these ways, because only a single way keeps their order.
 */
const WAYS = ['http', 'structured', 'binary'] as const;

type CloudEvent = ReturnType<typeof asCloudEvent>;
interface Published {
  readonly way: (typeof WAYS)[number];
  readonly event: CloudEvent;
}

function binary({ data, ...attributes }: CloudEvent) {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]);
  return {
    key: attributes.subject,
    value: JSON.stringify(data),
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) } as Record<string, string>,
  };
}

const asMessage = ({ way, event }: Published) => (way === 'binary' ? binary(event) : structured(event));

const moment = (n: number): JourneyEvent => ({
  id: `later-${n}`,
  source: '/later',
  type: 'touchstone.moment.recorded.v1',
  customerId: `later-${n % 7}`,
  time: Date.UTC(2026, 0, 1) + n * 1_000,
  data: { journeyId: 'o1', journeyType: 'order', touchpoint: 'checkout', channel: 'web', outcome: 'succeeded' },
});

/** Polls until the condition holds; the test's own time-out ends the wait otherwise. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(50);
}

describeWithKafka('the full stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-full-'));
  let broker: Broker;
  let eventStore: EventStoreDbServer;
  let clickhouse: ClickHouseServer;
  let bus: EventBus;
  let system: SystemProcess;
  let environment: Record<string, string>;
  let sent = 0;

  beforeAll(async () => {
    const definitions = join(folder, 'shop.json');
    writeFileSync(definitions, JSON.stringify(shop));
    [broker, eventStore, clickhouse] = await Promise.all([
      startBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    environment = {
      EVENT_STORE_URL: eventStore.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=4`,
      CLOCK: 'log',
      FUTURE_LIMIT: 'P3650D',
      DEFINITIONS: definitions,
      LOG_LEVEL: 'info',
    };
    bus = kafkaBus(broker.url, { logger: silent });
    system = await startSystem(join(folder, 'data'), environment);
  });
  afterAll(async () => {
    await system?.kill();
    await bus?.close();
    await Promise.all([broker?.stop(), eventStore?.stop(), clickhouse?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function overKafka(events: readonly Published[]): Promise<void> {
    sent += events.length;
    await bus.produce('touchstone.events', events.map(asMessage));
  }
  const overHttp = (events: readonly Published[]) =>
    request<Record<string, number>>(
      `${system.url}/v1/events`,
      events.map(({ event }) => event),
    );
  /** Publishes each way's events in order; those over Kafka at once. */
  async function publish(events: readonly Published[]): Promise<void> {
    await overKafka(events.filter(({ way }) => way !== 'http'));
    const rest = events.filter(({ way }) => way === 'http');
    for (let at = 0; at < rest.length; at += HTTP_BATCH) await overHttp(rest.slice(at, at + HTTP_BATCH));
  }
  const position = () => request<Record<string, number>>(`${system.url}/v1/position`);
  /** Whether everything sent over Kafka was handled and committed. */
  const isRead = async () =>
    (await broker.committed('touchstone.ingest', 'touchstone.events')).reduce(
      (sum, offset) => sum + Math.max(0, offset),
      0,
    ) === sent;

  test('events over HTTP and Kafka, twice, with kills in between: all are stored once, measured as the pure fold does, and passed on', async () => {
    const histories = randomHistories(CUSTOMERS, 11);
    const all: Published[] = histories.flatMap((events, index) =>
      events.map((event) => ({ way: WAYS[index % WAYS.length]!, event: asCloudEvent(event) })),
    );
    const [first, second] = [0, 1].map((half) =>
      histories.flatMap((events, index) => {
        const middle = Math.ceil(events.length / 2);
        const part = half === 0 ? events.slice(0, middle) : events.slice(middle);
        return part.map((event) => ({ way: WAYS[index % WAYS.length]!, event: asCloudEvent(event) }));
      }),
    ) as [Published[], Published[]];

    // The process is killed while both ways are busy. A publisher over HTTP repeats unacknowledged
    // requests; over Kafka nobody needs to act.
    const byHttp = first.filter(({ way }) => way === 'http');
    const producing = overKafka(first.filter(({ way }) => way !== 'http'));
    for (const share of KILLED_AT) {
      const publishing = publish(byHttp).catch(() => undefined);
      await until(async () => (await position()).accepted! >= first.length * share);
      await system.kill();
      await publishing;
      system = await startSystem(join(folder, 'data'), environment);
    }
    await producing;
    await publish(byHttp);
    await publish(second);

    // Sends each event once more by the other way, together with invalid ones.
    const again = (way: 'http' | 'kafka') =>
      all.filter((one) => (one.way === 'http') === (way === 'http')).slice(0, 80);
    await until(isRead);
    const repeated = await overHttp(again('kafka'));
    expect(repeated).toMatchObject({ accepted: 0, duplicates: 80, conflicts: 0, rejected: 0 });
    await overKafka(again('http'));
    const good = all[0]!.event;
    const bad = [
      { key: 'c0', value: 'no JSON', headers: { 'content-type': 'application/cloudevents+json' } },
      structured({ ...good, id: 'bad', time: 'yesterday' }),
      structured({ ...good, id: 'ahead', time: '2190-01-01T00:00:00Z' }),
      structured({ ...good, data: { other: 'content' }, type: 'touchstone.referral.made.v1' }),
    ];
    await bus.produce('touchstone.events', bad);
    sent += bad.length;
    await until(isRead);

    await expectMeasured(system.url, histories);
    await expectRejected(system.url, broker);
    const ready = await request<{ checks: { name: string }[] }>(`${system.url}/readyz`);
    expect(ready.checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Kafka', 'Kafka ingress', 'Kafka relay']),
    );
    const metrics = await (await fetch(`${system.url}/metrics`)).text();
    expect(metrics).toMatch(/^touchstone_kafka_events_total\{verdict="duplicate"\} [1-9]\d+$/m);
    expect(metrics).toMatch(/^touchstone_relayed_events_total [1-9]\d*$/m);
    expect(await system.stop()).toBe(0);
    await expectRelayed(broker, eventStore.url, all.length, CUSTOMERS);
  }, 300_000);

  test('each engine is lost for a while, and what was sent meanwhile is stored, measured and passed on', async () => {
    const CLICKHOUSE_URL = `${clickhouse.url}?request_timeout=2000`;
    system = await startSystem(join(folder, 'data'), { ...environment, CLICKHOUSE_URL });
    const before = (await position()).accepted!;
    const events = Array.from({ length: 200 }, (_, n) => asCloudEvent(moment(n)));
    const next = (count: number, way: Published['way']) => events.splice(0, count).map((event) => ({ way, event }));
    const asked = async () => {
      const answer = await fetch(`${system.url}/readyz`);
      const told = (await answer.json()) as {
        errors?: { path: string }[];
        checks?: { name: string; status: string }[];
      };
      return { status: answer.status, ...told };
    };
    const unready = async () => ((await asked()).errors ?? []).map(({ path }) => path);
    const failing = async () =>
      ((await asked()).checks ?? []).filter(({ status }) => status !== 'ok').map(({ name }) => name);

    await clickhouse.kill();
    expect(await overHttp(next(20, 'http'))).toMatchObject({ accepted: 20 });
    await overKafka(next(20, 'structured'));
    await until(isRead);
    expect(await unready()).toContain('read model');
    await clickhouse.restart();
    await until(async () => (await unready()).length === 0);

    // Any generation counts, because a process that is killed at its start may leave the number of
    // one that it never made.
    const insert = '.moments (`';
    const isProjected = async () => {
      // While the read model waits for its engine, this request waits too.
      const { accepted, projectedEvents } = await position().catch(() => ({ accepted: 1, projectedEvents: 0 }));
      return accepted === projectedEvents;
    };
    await clickhouse.fail('executed, never answered', insert);
    expect(await overHttp(next(20, 'http'))).toMatchObject({ accepted: 20 });
    await until(isProjected);
    const late = await clickhouse.fail('held', insert);
    expect(await overHttp(next(20, 'http'))).toMatchObject({ accepted: 20 });
    await late.hit();
    await until(isProjected);
    expect(await late.release()).toEqual([expect.stringContaining('another writer has taken this generation over')]);

    eventStore.freeze();
    await overKafka(next(20, 'binary'));
    await until(async () => (await unready()).includes('event store'));
    eventStore.thaw();
    await until(isRead);
    expect(await overHttp(next(20, 'http'))).toMatchObject({ accepted: 20 });

    await broker.kill();
    expect(await overHttp(next(20, 'http'))).toMatchObject({ accepted: 20 });
    await until(async () => (await failing()).some((name) => name.startsWith('Kafka')));
    // HTTP publishing and reading work without Kafka.
    expect(await unready()).toEqual([]);
    await broker.restart();
    await overKafka(next(20, 'structured'));
    await until(isRead);
    await until(async () => (await failing()).length === 0);

    const { log } = await position();
    const ask = <Answer>(path: string) =>
      request<Answer>(`${system.url}${path}`, undefined, { 'touchstone-after': String(log) });
    const sum = before + 160;
    expect(await ask('/v1/position')).toMatchObject({ accepted: sum, stored: sum, projectedEvents: sum, parked: 0 });
    const conservation = () => ask<{ totals: { relayed: number } }>('/v1/conservation');
    await until(async () => (await conservation()).totals.relayed === sum);
    expect(await conservation()).toMatchObject({
      balanced: true,
      totals: { accepted: sum, stored: sum, relayed: sum, projected: sum, parked: 0, lag: 0, gap: 0 },
      gaps: [],
    });
    const customers = await ask('/v1/customers?limit=500');
    await request(`${system.url}/v1/rebuild`, {});
    await until(async () => (await ask<{ state: string }>('/v1/rebuild')).state !== 'running');
    expect(await ask('/v1/rebuild')).toMatchObject({ state: 'done' });
    expect(await ask('/v1/customers?limit=500')).toEqual(customers);
    expect(await system.stop()).toBe(0);
    await expectRelayed(broker, eventStore.url, sum, CUSTOMERS);
  }, 300_000);

  test('when all engines are gone it ends all the same, within its grace and the thirty seconds that stopping may take', async () => {
    await system.kill();
    system = await startSystem(join(folder, 'data'), { ...environment, STOP_GRACE: 'PT1S' });
    const { url } = system;
    await overHttp([{ way: 'http', event: asCloudEvent(moment(1_000)) }]);
    await Promise.all([broker.kill(), clickhouse.kill(), eventStore.stop()]);
    await until(async () => (await fetch(`${url}/readyz`)).status === 503);
    const begun = performance.now();
    expect([0, 1]).toContain(await system.stop());
    expect(performance.now() - begun).toBeLessThan(1_000 + 30_000 + 5_000);
  }, 240_000);
});
