import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaBus, relay, topicContract } from '@touchstone/event-bus';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { policyV1 } from '@touchstone/journey';
import { PROJECTOR_GROUP } from '@touchstone/projector';
import { lastWrittenAt, openReadModels, projectedCounts, type ReadModels } from '@touchstone/read-models';
import kafkajs from 'kafkajs';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type Broker, startBroker } from '../kafka-broker/broker.ts';
import { silent } from '../kafka-broker/bus-for-test.ts';
import { startEventStoreDb } from './child-processes.ts';
import { type BenchRow, formatRow, interleaved, median } from './measure.ts';
import { sampleEvents, toAppend } from './sample-events.ts';

const EVENTS = 100_000;
const ROUNDS = 3;
const PARTITIONS = 4;
const GOAL = 2;
/** Fewer cores cannot show the effect, because the servers need some of them too. */
const CORES = 4;
/**
 * The broker waits this long for further members of an empty group, and again after each one,
 * before it assigns partitions. Thus all processes begin at once, and their start is not measured.
 */
const JOIN_MS = 5_000;
const LOOK_MS = 100;
const PATIENCE_MS = 600_000;
const ATTEMPTS = 3;

/**
 * The encoded measures, in the form that the projector which creates the first generation records.
 */
const MEASURES = JSON.stringify({
  policy: policyV1,
  definitions: [{ type: 'order', touchpoints: { 'payment.approved': { weight: 2, critical: true } } }],
});

interface Servers {
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly broker: Broker;
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly events: number;
  readonly partitions: number;
}

interface Filled {
  readonly eventsPerSecond: number;
  /** Average number of busy cores of the whole machine during the filling, servers included. */
  readonly coresBusy: number;
  /** Number of lanes of each process. */
  readonly shares: readonly number[];
  /** How often a process began to follow a lane. */
  readonly claims: number;
}

/**
 * Lets three processes with `ROLES=projector`, and then one, fill an empty generation from the
 * first message of `touchstone.log`. The topic is complete before they start, announcements
 * included, so the store recognises their own announcements as duplicates.
 */
export async function benchProjectors(
  options: { readonly events?: number; readonly rounds?: number; readonly partitions?: number } = {},
): Promise<BenchRow[]> {
  const { events = EVENTS, rounds = ROUNDS, partitions = PARTITIONS } = options;
  return withServers(events, partitions, async (servers) => {
    await fillLog(servers);
    const busy = { one: [] as number[], three: [] as number[] };
    const fill = (name: keyof typeof busy, processes: number) => async () => {
      const { eventsPerSecond, coresBusy } = await fillCleanly(servers, processes);
      busy[name].push(coresBusy);
      return eventsPerSecond;
    };
    const rates = await interleaved({ rounds, variants: { one: fill('one', 1), three: fill('three', 3) } });
    const [floor = 0, product = 0] = [rates.one, rates.three];
    const cores = availableParallelism();
    // The first value of each is from the warm-up round.
    const [one, three] = [busy.one, busy.three].map((each) => median(each.slice(1)).toFixed(1));
    return [
      {
        name: 'projectors: three against one',
        goalText: `≥ ${GOAL} of one, ${partitions} partitions, on ${CORES} cores; here ${cores}, of which ${one} were busy with one, ${three} with three`,
        floor,
        product,
        ratio: product / floor,
        goal: cores < CORES ? null : GOAL,
        unit: 'events/s',
      },
    ];
  });
}

async function withServers<Result>(
  events: number,
  partitions: number,
  work: (servers: Servers) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const opened = async <Thing>(thing: Promise<Thing>, close: (thing: Thing) => unknown): Promise<Thing> => {
    const there = await thing;
    closing.unshift(() => close(there));
    return there;
  };
  try {
    const joining = { 'group.initial.rebalance.delay.ms': String(JOIN_MS) };
    const broker = await opened(startBroker(joining), (each) => each.stop());
    const clickhouse: ClickHouseServer = await opened(startClickHouseServer(), (each) => each.stop());
    const server = await opened(startEventStoreDb(), ({ child }) => child.disconnect());
    const store = await opened(openEventStore(server.url), (each) => each.close());
    const readModels = await opened(openReadModels(clickhouse.url), (each) => each.close());
    const environment = {
      ROLES: 'projector',
      EVENT_STORE_URL: server.url,
      CLICKHOUSE_URL: clickhouse.url,
      KAFKA_URL: `${broker.url}?partitions=${partitions}`,
      LOG_LEVEL: 'info',
    };
    const relaying = await opened(startRelay(environment.KAFKA_URL, store), (each) => each.stop());
    const result = work({ folder, environment, broker, store, readModels, events, partitions });
    return await Promise.race([result, relaying.failed]);
  } finally {
    for (const close of closing) await close();
  }
}

/** The relay runs in this process, because it is idle during the measurement. */
async function startRelay(kafkaUrl: string, store: EventStore) {
  const bus = kafkaBus(kafkaUrl, { logger: silent });
  const stopping = new AbortController();
  try {
    await bus.ensureTopics(topicContract());
  } catch (error) {
    await bus.close();
    throw error;
  }
  const ended = relay({ store, bus, logger: silent, signal: stopping.signal });
  const failed = new Promise<never>((_, reject) => void ended.catch(reject));
  // The code that races against this promise has ended when the bench ends, so the rejection is
  // handled here.
  failed.catch(() => undefined);
  return {
    failed,
    stop: async () => {
      stopping.abort();
      await ended.catch(() => undefined);
      await bus.close();
    },
  };
}

async function fillLog({ store, events }: Servers): Promise<void> {
  const all = sampleEvents(events).map(toAppend);
  for (let from = 0; from < events; from += 1_000) await store.append(all.slice(from, from + 1_000));
}

/**
 * Repeats a run in which partitions moved: an overloaded projector may lose its session, which
 * would be another measurement.
 */
async function fillCleanly(servers: Servers, processes: number): Promise<Filled> {
  for (let attempt = 1; ; attempt++) {
    const filled = await fillGeneration(servers, processes);
    if (filled.claims === servers.partitions && !filled.shares.includes(0)) return filled;
    const shares = filled.shares.join(', ');
    const what = `${processes} projectors had ${shares} of ${servers.partitions} lanes and began to follow one ${filled.claims} times`;
    if (attempt === ATTEMPTS) throw new Error(`${what}: partitions moved meanwhile, ${ATTEMPTS} times in turn`);
    console.error(`${what}: not counted, and once more`);
  }
}

/**
 * From the moment when the first partition is followed until the last checkpoint is at the log's
 * end.
 */
async function fillGeneration(servers: Servers, processes: number): Promise<Filled> {
  const { readModels } = servers;
  const generation = await beginAnew(servers);
  const running = await startProjectors(servers, processes);
  try {
    const lanes = running.map(watchLanes);
    const begun = await Promise.race(lanes.map(({ first }) => first));
    await untilFilled(servers, generation);
    const coresBusy = cpus().length - (idleMs() - begun.idleMs) / (Date.now() - begun.at);
    const elapsed = (await lastWrittenAt(readModels.clickhouse, generation))! - begun.at;
    return {
      eventsPerSecond: (servers.events * 1_000) / elapsed,
      coresBusy,
      shares: lanes.map(({ followed }) => followed.size),
      claims: lanes.reduce((sum, lane) => sum + lane.claims(), 0),
    };
  } finally {
    await Promise.all(running.map((system) => system.stop()));
  }
}

async function startProjectors({ folder, environment }: Servers, processes: number): Promise<SystemProcess[]> {
  const starts = Array.from({ length: processes }, () => startSystem(folder, environment));
  const started = await Promise.allSettled(starts);
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (running.length < processes) await Promise.all(running.map((system) => system.stop()));
  return Promise.all(starts);
}

/**
 * Creates an empty generation in force and a new consumer group, while no projector runs. With the
 * offsets of the previous run the lanes would be filled from the event store, as after a switch,
 * instead of the topic.
 */
async function beginAnew({ readModels, broker }: Servers): Promise<number> {
  const before = await readModels.currentGeneration();
  const { number } = await readModels.createGeneration(MEASURES);
  await readModels.switchTo(number);
  if (before === null) return number;
  await readModels.dropGeneration(before.number);
  const kafka = new kafkajs.Kafka({ brokers: [new URL(broker.url).host], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteGroups([PROJECTOR_GROUP]).finally(() => admin.disconnect());
  return number;
}

/** Reads a projector's log lines, which tell when it begins to follow a lane. */
function watchLanes({ process }: SystemProcess) {
  const followed = new Set<number>();
  let claims = 0;
  let rest = '';
  const first = new Promise<{ readonly at: number; readonly idleMs: number }>((resolve, reject) => {
    process.stdout!.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line.includes('a lane is followed from here')) continue;
        const { time, lane, position } = JSON.parse(line);
        claims += 1;
        followed.add(lane);
        if (position !== '0') return reject(new Error(`lane ${lane} began at ${position} of a new generation`));
        resolve({ at: time, idleMs: idleMs() });
      }
    });
    process.once('exit', (code) => reject(new Error(`a projector ended with ${code}`)));
  });
  // Only the first of these promises is awaited, so the rejection is handled here.
  first.catch(() => undefined);
  return { followed, first, claims: () => claims };
}

async function untilFilled({ store, readModels, events }: Servers, generation: number): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  // In the first run announcements make the log longer.
  while ((await readModels.projected(generation)) < (await store.head())) {
    if (Date.now() > giveUpAt) throw new Error(`only ${await readModels.projected(generation)} was projected`);
    await pause(LOOK_MS);
  }
  const { moments, parked } = await projectedCounts(readModels.clickhouse, generation);
  if (moments !== events || parked > 0) throw new Error(`${moments} of ${events} were projected, ${parked} set aside`);
}

function idleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}

/** Usage: `tsx test/load/projectors.ts [events] [rounds] [partitions]`. */
if (import.meta.filename === process.argv[1]) {
  const [events = EVENTS, rounds = ROUNDS, partitions = PARTITIONS] = process.argv.slice(2).map(Number);
  for (const row of await benchProjectors({ events, rounds, partitions })) console.log(formatRow(row));
}
