import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { decodeMeasures, definitionsByType, encodeMeasures, policyV1 } from '@touchstone/journey';
import { shop } from '@touchstone/journey/testing';
import { definitionRegistry, openSharedRebuilds, putDefinition, watchGeneration } from '@touchstone/operations';
import type { StartFold } from '@touchstone/projection';
import { openFoldThreads, startProjector } from '@touchstone/projector';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger, Problem } from '@touchstone/runtime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { workersOf } from '../../services/touchstone/src/workers.ts';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';

/**
 * Rebuilds in several processes of the role `query`: each with its own connection, sharing only the
 * log and the server.
 */

const EVENTS = 60;
const logger = createLogger({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'touchstone-rebuilds-'));
let server: ClickHouseServer;
let store: EventStore;
let first: ReadModels;
const threads = openFoldThreads(1);
let foldedOnThreads = 0;
const startFold: StartFold = (...given) => {
  foldedOnThreads++;
  return threads.startFold(...given);
};
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await startClickHouseServer();
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  await store.append(Array.from({ length: EVENTS }, (_, n) => moment(n)));
  first = await openReadModels(server.url);
  const { number: generation, measures } = await first.createGeneration(encodeMeasures(policyV1, [shop], 'wall'));
  await first.switchTo(generation);
  const announce = async () => undefined;
  const filling = { store, readModels: first, generation, measures: decodeMeasures(measures), logger, announce };
  const projector = await startProjector(filling);
  await projector.progress.reached(await store.head(), 30_000);
  await projector.stop();
});
afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()));
});
afterAll(async () => {
  await threads.close();
  await first?.close();
  await store?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function moment(n: number) {
  const [id, source, type, time] = [
    `e${n}`,
    '/test',
    'touchstone.moment.recorded.v1',
    Date.UTC(2026, 0, 1) + n * 1_000,
  ];
  const data = { journeyId: 'o1', journeyType: 'order', touchpoint: 'checkout', channel: 'web', outcome: 'succeeded' };
  const subject = `c${n % 7}`;
  const body = JSON.stringify({ specversion: '1.0', id, source, type, subject, time: new Date(time), data });
  return { stream: `customer-${subject}`, source, id, type, time, body };
}

const NO_TRIALS = { isRunning: () => false, cancel: async () => undefined };

/** The parts with which a process of the role `query` rebuilds. */
async function process(renewMs?: number) {
  const readModels = await openReadModels(server.url);
  const watch = await watchGeneration(store, readModels, logger);
  const rebuild = openSharedRebuilds({
    store,
    readModels,
    watch,
    logger,
    definitions: async () => [shop],
    now: async () => Date.UTC(2026, 5, 1),
    clockKind: 'wall',
    trial: () => NO_TRIALS,
    ...workersOf({ store, readModels, logger, startFold }),
    ...(renewMs !== undefined && { renewMs }),
  });
  endings.push(async () => {
    await rebuild.stop();
    await watch.stop();
    await readModels.close();
  });
  return rebuild;
}

const generations = async () => (await first.listGenerations()).map(({ number }) => number);
const inForce = async () => (await first.currentGeneration())?.number;

/** Pretends that the lease was last renewed two minutes earlier. */
async function fallSilent(): Promise<void> {
  await first.clickhouse.command(
    'ALTER TABLE touchstone.rebuilds UPDATE at = subtractMinutes(at, 2) WHERE 1 SETTINGS mutations_sync = 1',
  );
}

test('asked for at the same moment in two processes, one rebuilds; the other says which generation, since when and what to do', async () => {
  for (let round = 0; round < 3; round++) {
    const both = await Promise.all([process(), process()]);
    const asked = await Promise.allSettled(both.map((rebuild) => rebuild.start()));
    const problems = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const runs = both[asked.findIndex(({ status }) => status === 'fulfilled')]!;
    const { generation } = runs.status();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toBeInstanceOf(Problem);
    expect(problems[0]).toMatchObject({
      code: 'under_way',
      status: 409,
      detail: expect.stringMatching(
        `A rebuild to generation ${generation} is under way in another process, since 20.*Ask again when it is done; if that process is gone, after 20`,
      ),
      extensions: { generation },
    });
    await runs.finished();
    expect(runs.status()).toMatchObject({ state: 'done', comparison: { verdict: 'same' } });
    expect(await inForce()).toBe(generation);
    await Promise.all(endings.splice(0).map((end) => end()));
    expect(await generations()).toEqual([generation]);
  }
});

test('asked for twice in one process, it is begun once; and again once it is over; each folds on the threads that it was given', async () => {
  const rebuild = await process();
  foldedOnThreads = 0;
  await Promise.all([rebuild.start(), rebuild.start()]);
  const { generation } = rebuild.status();
  await rebuild.finished();
  expect(rebuild.status()).toMatchObject({ state: 'done', generation });
  await rebuild.start();
  await rebuild.finished();
  expect(rebuild.status()).toMatchObject({ state: 'done' });
  expect(rebuild.status().generation).toBeGreaterThan(generation!);
  expect(foldedOnThreads).toBe(2);
});

test('what a killed process was filling is given up: another one rebuilds and drops it, without anybody cleaning up', async () => {
  const asked = await first.claimRebuild();
  if ('underWay' in asked) throw new Error('a rebuild is under way');
  const { number: left } = await asked.claim.create(encodeMeasures(policyV1, [shop], 'wall'));
  const rebuild = await process();
  await expect(rebuild.start()).rejects.toMatchObject({ code: 'under_way', extensions: { generation: left } });
  expect(rebuild.status().state).toBe('none');

  await fallSilent();
  await rebuild.start();
  await rebuild.finished();
  expect(rebuild.status()).toMatchObject({ state: 'done' });
  expect(await generations()).not.toContain(left);
});

test('a definition put while another process rebuilds is recorded and waits', async () => {
  const asked = await first.claimRebuild();
  if ('underWay' in asked) throw new Error('a rebuild is under way');
  const empty = await sqliteEventStore({ file: join(folder, 'empty.db') });
  const ledger = definitionRegistry(empty, () => ({ policy: policyV1, definitions: definitionsByType([]) }));
  expect(
    await putDefinition(shop, { ledger, store: empty, readModels: first, rebuild: await process() }),
  ).toMatchObject({
    version: 1,
    state: 'waiting',
  });
  await asked.claim.end();
  await empty.close();
});

test('a process that slept while another took over does not switch when it wakes, and ends with the reason', async () => {
  const asleep = await process(20);
  const writes = await server.fail('held', '.moments (');
  const renews = await server.fail('held', 'FROM touchstone.rebuilds WHERE generation');
  await asleep.start();
  await Promise.all([writes.hit(), renews.hit()]);
  await fallSilent();
  const rebuild = await process();
  await rebuild.start();
  await rebuild.finished();
  expect(rebuild.status()).toMatchObject({ state: 'done' });

  await writes.release();
  await renews.release();
  await asleep.finished();
  expect(asleep.status()).toMatchObject({ state: 'failed', error: expect.stringContaining("another's to rebuild") });
  expect(await inForce()).toBe(rebuild.status().generation);
});
