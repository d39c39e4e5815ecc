import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { type Definition, decodeMeasures, policyV1, RULES } from '@touchstone/journey';
import { openSharedRebuilds, startOwnTables, watchGeneration } from '@touchstone/operations';
import { startProjector } from '@touchstone/projector';
import {
  listCustomers,
  listJourneys,
  listTrustChanges,
  openReadModels,
  type ReadModels,
} from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workersOf } from '../../services/touchstone/src/workers.ts';
import { startClickHouseServer } from '../clickhouse-server/server.ts';

/** A read model that the first version filled: with its rules, and a policy in its vocabulary. */

const logger = createLogger({ level: 'silent' });
const T0 = Date.parse('2026-01-01T00:00:00Z');
const DAY = 86_400_000;
const NOW = T0 + 100 * DAY;
/** Long enough for a busy machine to fill a read model. */
const TIMEOUT_MS = 240_000;

const then: Definition = { type: 'order', title: 'as it was' };
const newest: Definition = { type: 'order', title: 'waiting for a rebuild' };
const { silenceVisits, silenceDaysMin, silenceDays, ...loyalty } = policyV1.loyalty;
const FIRST = JSON.stringify({
  policy: { ...policyV1, loyalty: { ...loyalty, silenceMoments: 4 } },
  definitions: [then],
});

/** Starts an engine for the tables: its URL, and how to stop it. */
type StartEngine = (folder: string) => Promise<{ readonly url: string; stop(): Promise<void> }>;
const ENGINES: readonly (readonly [string, StartEngine])[] = [
  [
    'the embedded engine',
    async (folder) => ({ url: `chdb:${join(folder, 'clickhouse')}`, stop: async () => undefined }),
  ],
  ['a ClickHouse server', () => startClickHouseServer()],
];

let folder: string;
let engine: Awaited<ReturnType<StartEngine>>;
let store: EventStore;
let readModels: ReadModels;
let old: number;

function event(id: string, kind: string, day: number, about: object) {
  const [type, source, time] = [`touchstone.${kind}.v1`, '/test', T0 + day * DAY];
  const data = { journeyId: 'j', journeyType: 'order', ...about };
  const body = JSON.stringify({ specversion: '1.0', id, source, type, subject: 'anna', time: new Date(time), data });
  return { stream: 'customer-anna', source, id, type, time, body };
}
const moment = (day: number) =>
  event(`e${day}`, 'moment.recorded', day, { touchpoint: 'desk', channel: 'web', outcome: 'succeeded', perception: 5 });
const LATE_PROMISE = [
  event('made', 'promise.made', 1, { promiseId: 'p', dueAt: new Date(T0 + 2 * DAY) }),
  event('kept', 'promise.kept', 3, { promiseId: 'p' }),
];

/** The figures of a generation's lists that have changed since the first version. */
async function shown(generation: number) {
  const { clickhouse } = readModels;
  const [customer] = (await listCustomers(clickhouse, generation, { now: NOW, purchaseDays: 365 })).items;
  const [journey] = (await listJourneys(clickhouse, generation, {})).items;
  const [move] = (await listTrustChanges(clickhouse, generation, {})).items;
  const { startedAt, promisesKeptLate } = journey!;
  return { quietlyLeaving: customer!.quietlyLeaving, startedAt, promisesKeptLate, satisfaction: move!.satisfaction };
}

const asFirst = { quietlyLeaving: true, startedAt: T0 + DAY, promisesKeptLate: 0, satisfaction: null };
const asNow = { quietlyLeaving: false, startedAt: T0, promisesKeptLate: 1, satisfaction: 100 };

/** A read model whose new generations are filled only after the gate is opened. */
function gated() {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const writeBatch: ReadModels['writeBatch'] = async (generation, ...batch) => {
    if (generation !== old) await gate;
    await readModels.writeBatch(generation, ...batch);
  };
  return { readModels: { ...readModels, writeBatch }, open };
}

const definitions = async () => [newest];
const now = async () => NOW;
const clockKind = 'wall' as const;

async function expectFilledAnew(): Promise<void> {
  const generations = await readModels.listGenerations();
  const { number, measures } = generations.find(({ isInForce }) => isInForce)!;
  expect(number).toBeGreaterThan(old);
  expect(await shown(number)).toEqual(asNow);
  expect(JSON.parse(measures)).toEqual({
    rules: RULES,
    settlesToRecording: true,
    policy: policyV1,
    definitions: [then],
  });
}

const NO_TRIALS = { isRunning: () => false, cancel: async () => undefined };

const operator = (readModels: ReadModels) => ({
  ...workersOf({ store, readModels, logger }),
  store,
  readModels,
  logger,
  definitions,
  now,
  clockKind,
});

describe.each(ENGINES)('over %s', (_, startEngine) => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'touchstone-filled-anew-'));
    store = await sqliteEventStore({ file: join(folder, 'events.db') });
    engine = await startEngine(folder);
    readModels = await openReadModels(engine.url);
    // The first day's event arrives last.
    await store.append([...LATE_PROMISE, ...[1, 2, 3, 4, 0].map(moment)]);
    old = (await readModels.createGeneration(FIRST)).number;
    await readModels.switchTo(old);
    const measures = decodeMeasures(FIRST);
    const announce = async () => undefined;
    const projector = await startProjector({ store, readModels, generation: old, measures, logger, announce });
    await projector.progress.reached(await store.head(), 30_000);
    await projector.stop();
    for (const change of [
      `customers UPDATE silence_ms = 1, last_purchase_at = NULL WHERE 1`,
      `journeys UPDATE started_at = started_at + INTERVAL 1 DAY, promises_kept_late = 0 WHERE 1`,
      'trust_changes UPDATE satisfaction = NULL WHERE 1',
    ]) {
      await readModels.clickhouse.command(`ALTER TABLE touchstone_${old}.${change} SETTINGS mutations_sync = 1`);
    }
  }, TIMEOUT_MS);
  afterEach(async () => {
    await readModels.close();
    await engine.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'answers from it while it is filled anew beside, with the definitions that were in force, and switches; the next start finds it as it is',
    async () => {
      const { open, readModels } = gated();
      const options = { ...operator(readModels), clock: () => undefined };
      const serving = await startOwnTables(options);
      try {
        expect(serving.inForce().generation).toBe(old);
        expect(await shown(old)).toEqual(asFirst);
        await vi.waitFor(() => expect(serving.rebuild.status()).toMatchObject({ state: 'running' }), 60_000);
        await expect(serving.rebuild.start()).rejects.toMatchObject({ code: 'under_way' });
        open();
        await serving.rebuild.finished();
        expect(serving.rebuild.status()).toMatchObject({
          state: 'done',
          comparison: { verdict: 'measured-otherwise', isSameMeasures: false, faultsBefore: [], faultsAfter: [] },
        });
        await expectFilledAnew();
      } finally {
        open();
        await serving.stop();
      }
      const again = await startOwnTables(options);
      expect(again.rebuild.status()).toMatchObject({ state: 'none' });
      await again.stop();
      await expectFilledAnew();
    },
    TIMEOUT_MS,
  );

  it(
    'is filled anew by one of several processes, and the other sees that it is done',
    async () => {
      const processes = await Promise.all(
        [1, 2].map(async () => {
          const watch = await watchGeneration(store, readModels, logger);
          return {
            watch,
            ...openSharedRebuilds({ ...operator(readModels), watch, trial: () => NO_TRIALS, renewMs: 20 }),
          };
        }),
      );
      try {
        await Promise.all(processes.map((each) => each.fillAnew()));
        expect(processes.filter((each) => each.status().state === 'done')).toHaveLength(1);
        await expectFilledAnew();
        await processes[0]!.fillAnew();
        expect(processes.filter((each) => each.status().state === 'done')).toHaveLength(1);
      } finally {
        for (const { stop, watch } of processes) {
          await stop();
          await watch.stop();
        }
      }
    },
    TIMEOUT_MS,
  );
});
