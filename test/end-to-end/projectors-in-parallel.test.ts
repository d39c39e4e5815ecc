import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '@touchstone/event-store';
import { foldCustomer, formatInstant, type JourneyEvent, viewCustomer } from '@touchstone/journey';
import { asCloudEvent, measures, randomHistories, shop } from '@touchstone/journey/testing';
import { type ClickHouse, openClickHouse } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';

const describeWithKafka = await describeWith('kafka');

const CUSTOMERS = 45;
const BATCH = 25;
const PROJECTORS = 3;
/** Time between two kills, ms. */
const KILL_EVERY_MS = 3_000;
/** Longer than a session, so that the partitions are reassigned meanwhile. */
const STALL_MS = 7_500;

const asMoment = (customerId: string): JourneyEvent => ({
  id: `${customerId}-1`,
  source: '/later',
  type: 'touchstone.moment.recorded.v1',
  customerId,
  time: Date.UTC(2026, 0, 1),
  data: { journeyId: 'o1', journeyType: 'order', touchpoint: 'checkout', channel: 'web', outcome: 'succeeded' },
});

const laneCount = z.object({ lanes: z.number(), written: z.coerce.number() });
const LANES = 'SELECT lanes, uniq(lane) AS written FROM {database:Identifier}.checkpoints GROUP BY lanes';

describeWithKafka('projectors that share the log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-lanes-'));
  let broker: Broker;
  let eventStore: EventStoreDbServer;
  let clickhouseServer: ClickHouseServer;
  let clickhouse: ClickHouse;
  let environment: Record<string, string>;
  let front: SystemProcess;
  const running = new Set<SystemProcess>();

  async function start(roles: string): Promise<SystemProcess> {
    const system = await startSystem(folder, { ...environment, ROLES: roles });
    running.add(system);
    return system;
  }
  async function kill(system: SystemProcess): Promise<void> {
    running.delete(system);
    await system.kill();
  }

  beforeAll(async () => {
    const definitions = join(folder, 'shop.json');
    writeFileSync(definitions, JSON.stringify(shop));
    [broker, eventStore, clickhouseServer] = await Promise.all([
      startBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    clickhouse = await openClickHouse(clickhouseServer.url);
    environment = {
      EVENT_STORE_URL: eventStore.url,
      CLICKHOUSE_URL: clickhouseServer.url,
      KAFKA_URL: `${broker.url}?partitions=6`,
      CLOCK: 'log',
      DEFINITIONS: definitions,
      LOG_LEVEL: 'info',
    };
  });
  afterAll(async () => {
    await Promise.all([...running].map((system) => system.kill()));
    await clickhouse?.close();
    await Promise.all([broker?.stop(), eventStore?.stop(), clickhouseServer?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('killed every few seconds, and one stalled past its session and awake again: the tables are those of a rebuild', async () => {
    [front] = await Promise.all([start('ingest,query'), start('relay,clock')]);
    const projectors = await Promise.all(Array.from({ length: PROJECTORS }, () => start('projector')));
    const position = () => request<Record<string, number>>(`${front.url}/v1/position`);

    const histories = randomHistories(CUSTOMERS, 23);
    const longest = Math.max(...histories.map(({ length }) => length));
    // Each customer's events in their order, different customers interleaved.
    const all = Array.from({ length: longest }, (_, turn) =>
      histories.flatMap((events) => events.slice(turn, turn + 1)),
    );
    const events = all.flat().map(asCloudEvent);

    await request(`${front.url}/v1/events`, events.slice(0, BATCH));
    await expect.poll(async () => (await position()).projectedEvents, { timeout: 30_000 }).toBe(BATCH);
    let isOver = false;
    const disturbing = (async () => {
      const stalled = projectors[0]!;
      stalled.process.kill('SIGSTOP');
      const stalledUntil = performance.now() + STALL_MS;
      for (let turn = 1; !isOver || performance.now() < stalledUntil; turn++) {
        await pause(KILL_EVERY_MS);
        if (performance.now() > stalledUntil) stalled.process.kill('SIGCONT');
        const victim = 1 + (turn % (PROJECTORS - 1));
        await kill(projectors[victim]!);
        projectors[victim] = await start('projector');
      }
      stalled.process.kill('SIGCONT');
    })();
    const batches = Math.ceil(events.length / BATCH);
    for (let batch = 1; batch < batches; batch++) {
      await request(`${front.url}/v1/events`, events.slice(batch * BATCH, (batch + 1) * BATCH));
      await pause(Math.min(200, 12_000 / batches));
    }
    isOver = true;
    await disturbing;
    await poison('c7');

    const total = events.length + 1;
    // Announcements of the projectors make the log longer meanwhile.
    const isAtRest = async () => {
      const { log, projected, projectedEvents = 0, parked = 0 } = await position();
      return log === projected && projectedEvents + parked === total;
    };
    await expect.poll(isAtRest, { timeout: 40_000 }).toBe(true);
    expect(await position()).toMatchObject({ accepted: total, stored: total, projectedEvents: total - 1, parked: 1 });
    const lanes = await clickhouse.query(LANES, { database: 'touchstone_1' }, laneCount);
    expect(lanes).toEqual([{ lanes: 6, written: 6 }]);
    await expectMeasured(histories);

    const before = await dumpHoweverCut(clickhouse, 1);
    await request(`${front.url}/v1/rebuild`, {});
    await expect.poll(() => request(`${front.url}/v1/rebuild`), { timeout: 30_000 }).toMatchObject({ state: 'done' });
    expect(await request(`${front.url}/v1/rebuild`)).toMatchObject({ comparison: { verdict: 'same' } });
    expect(before).toEqual(await dumpHoweverCut(clickhouse, 2));
  }, 300_000);

  test('after a rebuild the projectors go on in the new generation, and who publishes reads it at once', async () => {
    const event = asCloudEvent(asMoment('fresh'));
    const { position } = await request<{ position: string }>(`${front.url}/v1/events`, event);
    const { items } = await request<{ items: unknown[] }>(`${front.url}/v1/journeys?customerId=fresh`, undefined, {
      'touchstone-after': position,
    });
    expect(items).toHaveLength(1);
  });

  /** Writes an event into the log that ingest would have rejected. */
  async function poison(customerId: string): Promise<void> {
    const store = await openEventStore(eventStore.url);
    const event = { ...asCloudEvent(asMoment(customerId)), id: 'poison', type: 'touchstone.moment.recorded.v0' };
    const { id, source, type } = event;
    const body = JSON.stringify(event);
    await store.append([{ stream: `customer-${customerId}`, id, source, type, time: Date.UTC(2020, 0, 1), body }]);
    await store.close();
  }

  async function expectMeasured(histories: readonly JourneyEvent[][]): Promise<void> {
    const now = Math.max(...histories.flat().map(({ time }) => time));
    const { items } = await request<{ items: { id: string }[] }>(`${front.url}/v1/customers?limit=500`);
    expect(items).toHaveLength(histories.length);
    for (const events of histories) {
      const { customerId } = events[0]!;
      const view = viewCustomer(measures, foldCustomer(measures, customerId, events, now)!);
      const { history: _history, journeys: _journeys, next: _next, ...summary } = view;
      const since = summary.since === null ? null : formatInstant(summary.since);
      expect(items.find(({ id }) => id === customerId)).toEqual({ ...summary, since });
    }
  }
});
