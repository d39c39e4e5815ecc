import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOfLog, readLog, relay } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import {
  announcementEvent,
  clockCorrectedEvent,
  definitionsByType,
  policyV1,
  standingAnnouncements,
} from '@touchstone/journey';
import { followLanes, type LaneProjectorsOptions, startProjector } from '@touchstone/projector';
import { listParked, listPromises, openReadModels, type ReadModels } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { mutatedEvent } from '../../services/ingest/testing/event-arbitraries.ts';
import { watchCuts } from '../../services/touchstone/src/cut-watch.ts';
import { givenServer, givenStore, putBack } from '../contract/eventstoredb-stores.ts';
import { quickBus, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { freshLog, logEvent, logEvents, momentEvent, stored, storedIds } from '../kafka-broker/sample.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { amongGood, damagedBodies, damagedEvents, storedAs } from './damaged-events.ts';

const describeWithKafka = await describeWith('kafka');
const measures = { policy: policyV1, definitions: definitionsByType([]) };
const logger = createLogger({ level: 'silent' });
const announce = async () => undefined;

const DAY_MS = 86_400_000;

describeWithKafka("lanes of the log's topic", () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-lanes-'));
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  let readModels: ReadModels;
  const endings: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    broker = await sharedBroker();
    readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  });
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  afterAll(async () => {
    await readModels?.close();
    await broker?.release();
    rmSync(folder, { recursive: true, force: true });
  });

  const generation = async () => (await readModels.createGeneration('{}')).number;

  /**
   * A log that is relayed to its own topic, with starters for its readers, which stop when the test
   * ends.
   */
  async function start(partitions: number, given?: EventStore) {
    const [topic, changesTopic] = [unique('lanes'), unique('changes')];
    await broker.createTopic(topic, partitions);
    await broker.createTopic(changesTopic, 1);
    const fresh = given === undefined ? await freshLog() : undefined;
    if (fresh !== undefined) endings.push(fresh.release);
    const store = given ?? fresh!;
    const stopping = new AbortController();
    const running: Promise<void>[] = [];
    const bus = () => {
      const one = quickBus(broker.url);
      endings.push(one.close);
      return one;
    };
    const startRelay = () => {
      running.push(
        relay({ store, bus: bus(), logger: silent, logTopic: topic, changesTopic, signal: stopping.signal }),
      );
    };
    const follow = (target: () => number, options: Partial<LaneProjectorsOptions> = {}) => {
      const { signal } = stopping;
      const inForce = async () => ({ generation: target(), measures });
      const common = {
        bus: bus(),
        groupId: topic,
        topic,
        signal,
        store,
        readModels,
        target: inForce,
        announce,
        logger,
      };
      const projectors = followLanes({ ...common, ...options });
      running.push(projectors.ended);
      return projectors;
    };
    endings.push(async () => {
      stopping.abort();
      await Promise.all(running);
    });
    return { topic, store, startRelay, follow, bus };
  }

  const reached = (number: number, position: bigint) =>
    expect.poll(() => readModels.projected(number), { timeout: 30_000 }).toBe(position);

  async function expectAsRebuilt(store: EventStore, number: number): Promise<void> {
    const head = await store.head();
    await reached(number, head);
    const rebuilt = await generation();
    const projector = await startProjector({ store, readModels, generation: rebuilt, measures, announce, logger });
    expect(await projector.progress.reached(head, 30_000)).toBe(true);
    await projector.stop();
    expect(await dumpHoweverCut(readModels.clickhouse, number)).toEqual(
      await dumpHoweverCut(readModels.clickhouse, rebuilt),
    );
    expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  }

  test('when partitions are added and customers move, every row is as in a rebuild', async () => {
    const { topic, store, startRelay, follow } = await start(2);
    const number = await generation();
    startRelay();
    follow(() => number);
    follow(() => number);
    await store.append(logEvents(0, 300));
    await reached(number, 300n);
    await store.append(logEvents(300, 600));
    await broker.addPartitions(topic, 5);
    for (let from = 600; from < 1_200; from += 50) await store.append(logEvents(from, from + 50));
    await expectAsRebuilt(store, number);
  });

  test('a log that is put back under the relay and the lanes is sent on from the fork, and no rows are made of both histories', async () => {
    const server = await givenServer();
    const store = await givenStore(server);
    const { topic, startRelay, follow, bus } = await start(3, store);
    let number = await generation();
    startRelay();
    const lanes = follow(() => number);
    await store.append(logEvents(0, 100));
    await reached(number, await store.head());
    const backup = server.log.records.length;
    await store.append(logEvents(100, 200));
    await reached(number, await store.head());

    await putBack(server, backup);
    await store.append(logEvents(300, 350));
    await expect
      .poll(() => String(lanes.fault()), { timeout: 60_000 })
      .toContain('does not hold any more what was projected');
    const next = await generation();
    const projector = await startProjector({ store, readModels, generation: next, measures, announce, logger });
    expect(await projector.progress.reached(await store.head(), 30_000)).toBe(true);
    await projector.stop();
    number = next;
    await store.append(logEvents(350, 400));
    await expectAsRebuilt(store, number);

    // A reader from the topic's beginning must see the whole of this history, and nothing else.
    const log = await store.identity();
    const expected = (await storedIds(store)).sort();
    const ids = new Set<string>();
    const reading = new AbortController();
    const read = readLog({
      bus: bus(),
      topic,
      groupId: unique('reader'),
      signal: reading.signal,
      isOfLog: (message) => isOfLog(store, log, message),
      handle: async ({ events }) => {
        for (const { id } of events) ids.add(id);
      },
    });
    await expect.poll(() => ids.size, { timeout: 60_000 }).toBe(expected.length);
    reading.abort();
    await read;
    expect([...ids].sort()).toEqual(expected);
  }, 400_000);

  test('what retention deleted before it was read is read from the log itself', async () => {
    const { topic, store, startRelay, follow } = await start(2);
    const number = await generation();
    await store.append(logEvents(0, 400));
    startRelay();
    await expect.poll(async () => (await broker.readTopic(topic)).length).toBeGreaterThanOrEqual(400);
    await broker.deleteRecords(topic, [
      { partition: 0, offset: '20' },
      { partition: 1, offset: '-1' },
    ]);
    follow(() => number);
    await store.append(logEvents(400, 450));
    await expectAsRebuilt(store, number);
  });

  test('of a log with damaged events all others are projected, and each of these is set aside or taken, as in a rebuild', async () => {
    const { store, startRelay, follow } = await start(3);
    const number = await generation();
    startRelay();
    follow(() => number);
    follow(() => number);
    // Another test tries each case without a broker; this one samples them, with a prime as the
    // step.
    const inFields = damagedEvents
      .filter((_, i) => i % 11 === 0)
      .map(({ event }, i) => storedAs(`d${i}`, event(`d${i}`)));
    const bodies = damagedBodies.map((body, i) => storedAs(`b${i}`, {}, body));
    const anyhow = fc
      .sample(mutatedEvent, { seed: 14, numRuns: 200 })
      .map((event, i) => storedAs(`r${i}`, { ...event, source: '/r', subject: `r${i}` }));
    const events = amongGood([...inFields, ...bodies, ...anyhow]);
    for (let at = 0; at < events.length; at += 500) await store.append(events.slice(at, at + 500));
    await expectAsRebuilt(store, number);
    const parked = await listParked(readModels.clickhouse, number, { limit: 500 });
    expect(parked.length).toBeGreaterThan(damagedBodies.length + 100);
    expect(parked.filter(({ customerId }) => customerId.startsWith('b'))).toHaveLength(damagedBodies.length);
  }, 400_000);

  test('what a clock that ran ahead announced too early is withdrawn from the rows, and told again when it is true', async () => {
    const { store, startRelay, follow } = await start(3);
    const number = await generation();
    startRelay();
    follow(() => number);
    follow(() => number);
    const moment = momentEvent(0, 'ada');
    const dueAt = Date.parse(moment.time) + 3 * DAY_MS;
    const promise = {
      ...moment,
      id: 'p',
      type: 'touchstone.promise.made.v1',
      data: { promiseId: 'p', dueAt: new Date(dueAt).toISOString() },
    };
    const broken = { kind: 'promise-broken', promiseId: 'p', journeyId: null, at: dueAt } as const;
    const told = announcementEvent('ada', broken, true);
    const stateOf = async () => {
      await reached(number, await store.head());
      return (await listPromises(readModels.clickhouse, number, { customerId: 'ada' })).items.map(({ state }) => state);
    };
    await store.append([...logEvents(1, 60), stored('customer-ada', moment), stored('customer-ada', promise)]);
    expect(await stateOf()).toEqual(['open']);
    await store.append([stored('changes-ada', told), ...logEvents(60, 90)]);
    expect(await stateOf()).toEqual(['broken']);
    const standing = standingAnnouncements(await store.readStream('changes-ada'));
    await store.append([
      stored('changes-ada', clockCorrectedEvent('ada', standing, dueAt - DAY_MS)!),
      ...logEvents(90, 120),
    ]);
    expect(await stateOf()).toEqual(['open']);
    await store.append([stored('changes-ada', { ...told, id: `again-1/${told.id}` })]);
    expect(await stateOf()).toEqual(['broken']);
    await expectAsRebuilt(store, number);
  }, 400_000);

  test('customers whom operators delete or truncate in the log are what is left makes them in every lane, noticed by an append, a read or the audit, before a scavenge and after it', async () => {
    const server = await givenServer();
    const cuts = watchCuts(logger);
    endings.push(cuts.stop);
    const store = await givenStore(server, { onCut: cuts.onCut });
    cuts.attend(store);
    const { startRelay, follow } = await start(3, store);
    let inForce = await generation();
    startRelay();
    follow(() => inForce);
    follow(() => inForce);
    await store.append(logEvents(0, 230));
    await reached(inForce, await store.head());

    server.log.tombstone('customer-c-0');
    server.log.softDelete('customer-c-1');
    server.log.limit('customer-c-2', { $maxCount: 3 });
    server.log.limit('customer-c-3', { $tb: 4 });
    server.log.softDelete('customer-c-4');
    server.log.tombstone('customer-c-5');
    // A process that has not written to these streams learns what is there.
    const other = await givenStore(server, { onCut: cuts.onCut });
    const { outcomes } = await other.append([0, 1, 2].map((customer) => logEvent(230 + customer)));
    expect(outcomes).toEqual(['erased', 'accepted', 'accepted']);
    expect(await other.readStream('customer-c-3')).toHaveLength(6);
    await other.cutOf!('customer-c-4');
    expect(await cuts.look('c-5', 'audit')).toBe(true);
    const facts = () =>
      server.log.records
        .filter(({ type }) => type === 'touchstone.change.history-cut.v1')
        .map(({ stream, data }) => [stream, JSON.parse(Buffer.from(data).toString()).data.noticedBy])
        .sort();
    await expect.poll(facts, { timeout: 30_000 }).toEqual([
      ['changes-c-0', 'append'],
      ['changes-c-1', 'append'],
      ['changes-c-2', 'append'],
      ['changes-c-3', 'read'],
      ['changes-c-4', 'read'],
      ['changes-c-5', 'audit'],
    ]);
    await store.append(logEvents(240, 300).filter(({ stream }) => !/-c-[05]$/.test(stream)));
    // The limits cut further, which is told again; nothing may be told while rows are compared.
    for (const customer of ['c-1', 'c-2', 'c-3', 'c-4']) await cuts.look(customer, 'audit');
    await cuts.stop();
    await expectAsRebuilt(store, inForce);
    const left = await readModels.clickhouse.query(
      `SELECT customer_id AS id, count() AS events FROM touchstone_${inForce}.left_events FINAL GROUP BY id ORDER BY id`,
      {},
      z.object({ id: z.string(), events: z.coerce.number() }),
    );
    // Each had ten events; of the thirteen of c-2 the limit leaves the three newest.
    expect(left.map(({ id, events }) => [id, events])).toEqual([
      ['c-0', 10],
      ['c-1', 10],
      ['c-2', 10],
      ['c-3', 4],
      ['c-4', 10],
      ['c-5', 10],
    ]);

    server.log.scavenge();
    await expectAsRebuilt(store, inForce);
    inForce = await generation();
    await expectAsRebuilt(store, inForce);
  }, 400_000);

  test('a switch to another generation is followed though the log is at rest and the topic brings nothing', async () => {
    const { store, startRelay, follow } = await start(3);
    const [first, second] = [await generation(), await generation()];
    let inForce = first;
    startRelay();
    follow(() => inForce);
    await store.append(logEvents(0, 100));
    await reached(first, 100n);
    inForce = second;
    await expectAsRebuilt(store, second);
  });

  test('a lane that cannot be written waits and is told as a fault; the others go on, and so does it when it can', async () => {
    const { store, startRelay, follow } = await start(3);
    const number = await generation();
    let isFull = true;
    const narrow: ReadModels = {
      ...readModels,
      writeBatch: (to, batch, lane) =>
        isFull && lane?.index === 1 ? Promise.reject(new Error('no room')) : readModels.writeBatch(to, batch, lane),
    };
    startRelay();
    const projectors = follow(() => number, { readModels: narrow });
    await store.append(logEvents(0, 200));
    const positions = () => projectors.lanes().map(({ partition, position }) => [partition, position]);
    await expect.poll(positions, { timeout: 20_000 }).toEqual(
      expect.arrayContaining([
        [0, 200n],
        [2, 200n],
      ]),
    );
    await expect.poll(() => projectors.fault(), { timeout: 20_000 }).toMatchObject({ message: 'no room' });
    isFull = false;
    await expectAsRebuilt(store, number);
    expect(projectors.fault()).toBeNull();
  });
});
