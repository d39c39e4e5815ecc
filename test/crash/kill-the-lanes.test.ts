import { setTimeout as pause } from 'node:timers/promises';
import { dueCustomersIn, startClock } from '@touchstone/clock';
import { relay } from '@touchstone/event-bus';
import { type EventStore, type EventToAppend, openEventStore } from '@touchstone/event-store';
import { measures, shop } from '@touchstone/journey/testing';
import { listParked, openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { quickBus, silent, unique } from '../kafka-broker/bus-for-test.ts';
import { sharedBroker } from '../kafka-broker/shared-broker.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { expectAsRebuilt } from './as-rebuilt.ts';
import { chanceOfRun, killsOf } from './chance.ts';
import { type DoomedRun, doomedProgram } from './doomed-program.ts';
import { madeUpLog } from './made-up-log.ts';
import { expectNoFalseAlarm } from './no-false-alarm.ts';
import type { LanesOrder } from './project-lanes-until-killed.ts';
import { STAND } from './stand-before-checkpoint.ts';

const describeWithKafka = await describeWith('kafka');

const KILLS = killsOf(100);
const CUSTOMERS = 160;
const PARTITIONS = 6;
const PROJECTORS = 3;
const APPEND = 12;
/** In one of this many rounds a projector is killed between the rows and their checkpoint. */
const TORN_EVERY = 4;

describeWithKafka('projectors that share the log', () => {
  const chance = chanceOfRun();
  let broker: Awaited<ReturnType<typeof sharedBroker>>;
  let eventStore: EventStoreDbServer;
  let clickhouse: ClickHouseServer;
  let program: ReturnType<typeof doomedProgram<LanesOrder>>;
  beforeAll(async () => {
    [broker, eventStore, clickhouse] = await Promise.all([
      sharedBroker(),
      startEventStoreDbServer(),
      startClickHouseServer(),
    ]);
    program = doomedProgram<LanesOrder>('project-lanes-until-killed.ts');
  });
  afterAll(async () => {
    await program?.end();
    await Promise.all([broker?.release(), eventStore?.stop(), clickhouse?.stop()]);
  });

  test(`${KILLS} times one is killed -9 at a random instant, alone or with others: every table is that of a clean rebuild`, async () => {
    onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
    const log = madeUpLog(CUSTOMERS, chance);
    const [topic, changesTopic] = [unique('killed-log'), unique('killed-changes')];
    await broker.createTopic(topic, PARTITIONS);
    await broker.createTopic(changesTopic, 1);
    const store = await openEventStore(eventStore.url);
    const readModels = await openReadModels(clickhouse.url);
    const { number: generation } = await readModels.createGeneration('{}');
    const bus = quickBus(broker.url);
    const stopping = new AbortController();
    const { signal } = stopping;
    onTestFinished(() => stopping.abort());
    const relaying = relay({ store, bus, logger: silent, logTopic: topic, changesTopic, signal });
    const clock = clockBeside(store, readModels, generation);

    let torn = 0;
    const start = (): DoomedRun => {
      const run = program.run({
        eventStoreUrl: eventStore.url,
        clickhouseUrl: clickhouse.url,
        kafkaUrl: broker.url,
        topic,
        generation,
        definitions: [shop],
      });
      run.on('torn', () => torn++);
      return run;
    };
    const running = Array.from({ length: PROJECTORS }, start);
    const left = [...log.events];
    let kills = 0;
    const kill = async (victim: number) => {
      await running[victim]!.kill();
      running[victim] = start();
      kills++;
    };
    /**
     * Appends until the projector stands before its checkpoint, kills it, and waits until the
     * others have taken its partitions over.
     */
    const killBeforeCheckpoint = async (victim: number) => {
      const before = torn;
      let isStanding = false;
      const standing = running[victim]!.next('standing').then(() => {
        isStanding = true;
      });
      running[victim]!.tell(STAND);
      // On a busy machine all events would be over before a projector that has just begun has a
      // partition.
      await Promise.any([running[victim]!.hears('whole'), running[victim]!.hears('torn')]);
      while (!isStanding) {
        const more = appendAll(store, left.splice(0, APPEND)).then(() => pause(300));
        await Promise.race([more, standing]);
      }
      await kill(victim);
      await expect.poll(() => torn, { timeout: 60_000 }).toBeGreaterThan(before);
    };
    for (let round = 0; kills < KILLS; round++) {
      if (round % TORN_EVERY === 0) await killBeforeCheckpoint(chance.whole(0, PROJECTORS - 1));
      const isAtWork = Promise.any(running.map((run) => run.next(chance.pick(['folded', 'folded', 'written']))));
      // About two are killed at a time; events must be left for the last.
      const coming = appendAll(store, left.splice(0, Math.ceil((left.length * 2) / (KILLS - kills + 6))));
      await isAtWork;
      for (const victim of chance.some(running.map((_, index) => index))) {
        await pause(chance.between(0, 150));
        await kill(victim);
      }
      await coming;
      await clock.noteNews();
    }
    await appendAll(store, left);
    await clock.atRest();
    console.log(
      `seed ${chance.seed}: ${log.events.length} events, ${kills} kills, ${torn} times a lane was taken over with rows whose checkpoint was missing`,
    );
    expect(torn).toBeGreaterThan(0);
    await Promise.all(running.map((run) => run.kill()));
    stopping.abort();
    await relaying;
    await bus.close();
    await expectNoFalseAlarm(readModels);
    await expectAsRebuilt({ store, readModels, generation, log });
    await readModels.close();
    await store.close();
  }, 1_500_000);
});

/** Appends a few events at a time, so that batches are small and another one always follows. */
async function appendAll(store: EventStore, events: readonly EventToAppend[]): Promise<void> {
  for (let at = 0; at < events.length; at += APPEND) {
    await store.append(events.slice(at, at + APPEND));
    await pause(20);
  }
}

/** Runs the clock as a service of its own, which sees the writes of others in the tables. */
function clockBeside(store: EventStore, readModels: ReadModels, generation: number) {
  const parked = new Set<bigint>();
  const reached = async (position: bigint, timeoutMs: number) => {
    const giveUpAt = performance.now() + timeoutMs;
    while ((await readModels.projected(generation)) < position) {
      if (performance.now() >= giveUpAt) return false;
      await pause(100);
    }
    return true;
  };
  const clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => generation),
    measures: () => measures,
    parked: () => parked,
    now: () => store.greatestTime(),
    reached,
    logger: createLogger({ level: 'error' }),
  });
  async function noteNews(): Promise<void> {
    for (const { position } of await listParked(readModels.clickhouse, generation, { limit: 500 }))
      parked.add(position);
    clock.lookAgain();
  }
  return {
    noteNews,
    /** Resolves when every published event is projected, and nothing more falls due. */
    async atRest(): Promise<void> {
      expect(await reached(await store.head(), 60_000)).toBe(true);
      await noteNews();
      await clock.settled();
      await clock.stop();
      expect(await reached(await store.head(), 60_000)).toBe(true);
    },
  };
}
