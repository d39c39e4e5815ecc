import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { foldCustomer, viewCustomer } from '@touchstone/journey';
import { asAppended, measures } from '@touchstone/journey/testing';
import { type FoldSessionOptions, foldInProcess } from '@touchstone/projection';
import { listCustomers, listJourneys, openReadModels, type ReadModels } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectWithClock, telling } from '../../testing/project-with-clock.ts';
import { randomLog } from '../../testing/random-log.ts';
import { LIVE, type ProjectorOptions, REBUILD, startProjector } from './projector.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-projector-'));
const logger = createLogger({ level: 'silent' });
let store: EventStore;
let readModels: ReadModels;

beforeAll(async () => {
  store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
});
afterAll(async () => {
  await readModels.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const changeRow = z.object({ customer_id: z.string(), from: z.string(), to: z.string(), because: z.string() });

test('tables show what the fold says, settled to now, and a rebuild gives them again row for row', async () => {
  const log = randomLog(60, 42);
  const now = Math.max(...log.map(({ time }) => time));
  const first = await readModels.createGeneration('{}');
  const { projector, clock } = await projectWithClock({
    store,
    readModels,
    generation: first.number,
    measures,
    logger,
    sizes: { batch: 50 },
    intervalMs: 3_600_000,
  });
  // Settles between the parts too, so that late events meet rows that ran ahead of them.
  for (let start = 0; start < log.length; start += 400) {
    const { position } = await store.append(log.slice(start, start + 400).map(asAppended));
    await projector.progress.reached(position, 30_000);
    clock.lookAgain();
    await clock.settled();
  }
  await projector.progress.reached(await store.head(), 30_000);

  const { purchaseDays } = measures.policy.loyalty;
  const customers = await listCustomers(readModels.clickhouse, first.number, { now, purchaseDays, limit: 500 });
  const changes = z.array(changeRow).parse((await dumpHoweverCut(readModels.clickhouse, first.number)).trust_changes);
  expect(customers.items).toHaveLength(60);
  const { items: allJourneys } = await listJourneys(readModels.clickhouse, first.number, { limit: 500 });
  for (const { id: customerId, ...listed } of customers.items) {
    const events = log.filter((event) => event.customerId === customerId);
    const state = foldCustomer(measures, customerId, events, now)!;
    const { id: _id, history: path, journeys, next: _next, ...summary } = viewCustomer(measures, state);
    expect({ ...listed, journeys: 0 }, customerId).toMatchObject(summary);
    const items = allJourneys.filter((item) => item.customerId === customerId);
    expect(items.length).toBe(journeys.length);
    for (const { id: journeyId, ...journey } of journeys) {
      expect(items.find((item) => item.id === journeyId)).toMatchObject(journey);
    }
    const shown = changes
      .filter((row) => row.customer_id === customerId)
      .map(({ from, to, because }) => ({ from, to, because }));
    expect(shown, customerId).toEqual(path.map(({ from, to, because }) => ({ from, to, because })));
  }

  const second = await readModels.createGeneration('{}');
  const rebuilt = await startProjector({
    store,
    readModels,
    generation: second.number,
    measures,
    logger,
    sizes: { batch: 5000 },
    announce: telling(store),
  });
  expect(await rebuilt.progress.reached(await store.head(), 30_000), String(rebuilt.fault())).toBe(true);
  await rebuilt.stop();
  await clock.stop();
  await projector.stop();
  const asRebuilt = await dumpHoweverCut(readModels.clickhouse, second.number);
  expect(await dumpHoweverCut(readModels.clickhouse, first.number)).toEqual(asRebuilt);
}, 300_000);

test('a rebuild that answers from now on goes on as what is live does, and its tables are those of a clean rebuild', async () => {
  const apart = await openEventStore(`sqlite:${join(folder, 'apart.db')}`);
  const log = randomLog(20, 43).map(asAppended);
  const half = Math.ceil(log.length / 2);
  const folders: Pick<FoldSessionOptions, 'isLive' | 'customersMax'>[] = [];
  let isAudible = false;
  async function project(until: bigint, options: Partial<ProjectorOptions>) {
    const { number: generation } = await readModels.createGeneration('{}');
    const announce = telling(apart);
    const projector = await startProjector({
      ...{ store: apart, readModels, generation, measures, logger, announce },
      ...options,
    });
    expect(await projector.progress.reached(until, 30_000), String(projector.fault())).toBe(true);
    return { projector, generation };
  }

  const before = await apart.append(log.slice(0, half));
  const { projector, generation } = await project(before.position, {
    isAudible: () => isAudible,
    startFold: (options, streams) => {
      folders.push({ isLive: options.isLive, customersMax: options.customersMax });
      return foldInProcess(options, streams);
    },
  });
  isAudible = true;
  // The first of these is the last batch of the former rebuild.
  for (let start = half; start < log.length; start += 200) {
    const { position } = await apart.append(log.slice(start, start + 200));
    expect(await projector.progress.reached(position, 30_000), String(projector.fault())).toBe(true);
  }
  expect(folders).toEqual([
    { isLive: false, customersMax: REBUILD.customers },
    { isLive: true, customersMax: LIVE.customers },
  ]);
  expect(await projector.progress.reached(await apart.head(), 30_000)).toBe(true);
  await projector.stop();
  const clean = await project(await apart.head(), { isAudible: () => false });
  await clean.projector.stop();
  expect(await dumpHoweverCut(readModels.clickhouse, generation)).toEqual(
    await dumpHoweverCut(readModels.clickhouse, clean.generation),
  );
  await apart.close();
});
