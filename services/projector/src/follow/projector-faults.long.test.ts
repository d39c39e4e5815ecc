import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { openReadModels, projectedCounts, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProjector } from './projector.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-projector-faults-'));
let store: EventStore;
let readModels: ReadModels;

beforeAll(async () => {
  store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  const time = '2026-03-01T00:00:00.000Z';
  const event = { id: '1', source: '/s', type: 'touchstone.moment.recorded.v1', subject: 'ada', time };
  const data = { journeyId: 'o', journeyType: 'order', touchpoint: 't', channel: 'web', outcome: 'succeeded' };
  const { id, source, type } = event;
  const body = JSON.stringify({ ...event, data });
  await store.append([{ stream: 'customer-ada', id, source, type, time: Date.parse(time), body }]);
});
afterAll(async () => {
  await readModels.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const follow = async (through: ReadModels, abandonAfterDays: number) => {
  const { number: generation } = await readModels.createGeneration('{}');
  const projector = await startProjector({
    store,
    readModels: through,
    generation,
    measures: { policy: policyV1, definitions: definitionsByType([{ type: 'order', abandonAfterDays }]) },
    logger: createLogger({ level: 'silent' }),
    announce: async () => undefined,
  });
  return { generation, projector };
};

test('a write that fails at the end of a burst is tried again, however quiet the log is', async () => {
  let writes = 0;
  const failingOnce: ReadModels = {
    ...readModels,
    writeBatch: async (generation, batch) => {
      if (writes++ === 0) throw new Error('no room');
      return readModels.writeBatch(generation, batch);
    },
  };
  const { generation, projector } = await follow(failingOnce, 30);
  expect(await projector.progress.reached(await store.head(), 20_000)).toBe(true);
  expect(projector.fault()).toBeNull();
  expect((await projectedCounts(readModels.clickhouse, generation)).moments).toBe(1);
  await projector.stop();
});

test('a write that goes on failing is told as the fault that it is', async () => {
  const failing: ReadModels = { ...readModels, writeBatch: () => Promise.reject(new Error('no room')) };
  const { projector } = await follow(failing, 30);
  expect(await projector.progress.reached(await store.head(), 500)).toBe(false);
  expect(projector.fault()).toMatchObject({ message: 'no room' });
  await projector.stop();
});

test('days that are no whole number of milliseconds are rounded to one', async () => {
  const { projector } = await follow(readModels, 0.333333);
  expect(await projector.progress.reached(await store.head(), 20_000), String(projector.fault())).toBe(true);
  await projector.stop();
});

test('what was set aside before is known as soon as the projector is there, and never for a moment not', async () => {
  const { generation, projector } = await follow(readModels, 30);
  const body = JSON.stringify({ id: 'odd', source: '/s', type: 'touchstone.moment.recorded.v0', subject: 'ada' });
  const { position } = await store.append([
    { stream: 'customer-ada', id: 'odd', source: '/s', type: 'touchstone.moment.recorded.v0', time: 0, body },
  ]);
  expect(await projector.progress.reached(position, 20_000), String(projector.fault())).toBe(true);
  await projector.stop();
  const next = await startProjector({
    store,
    readModels,
    generation,
    measures: { policy: policyV1, definitions: definitionsByType([]) },
    logger: createLogger({ level: 'silent' }),
    announce: async () => undefined,
  });
  expect([...next.parked]).toEqual([position]);
  await next.stop();
});
