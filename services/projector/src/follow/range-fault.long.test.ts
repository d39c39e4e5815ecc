import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore, type StoredEvent } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { RangeFault, type StartFold, searchForFault } from '@touchstone/projection';
import { openReadModels, parkedAt, projectedCounts, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFoldThreads } from '../threads/fold-threads.ts';
import { partitionLane } from './lane.ts';
import { startProjector } from './projector.ts';

/**
 * A standard that no valid definition has: a moment measured by it is not a number, which fails
 * only when rows are encoded.
 */
const measures = {
  policy: policyV1,
  definitions: definitionsByType([{ type: 'order', touchpoints: { bad: { expectation: Number.NaN } } }]),
};
const EVENTS = 300;
const BAD: readonly bigint[] = [137n, 138n, 251n];
const TIME = '2026-03-01T00:00:00.000Z';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-range-fault-'));
const threads = openFoldThreads(2);
let store: EventStore;
let readModels: ReadModels;

beforeAll(async () => {
  store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  await store.append(
    Array.from({ length: EVENTS }, (_, i) => {
      const [id, source, type, subject] = [`e${i}`, '/s', 'touchstone.moment.recorded.v1', `c${i % 7}`];
      const touchpoint = BAD.includes(BigInt(i + 1)) ? 'bad' : 'good';
      const data = { journeyId: 'o', journeyType: 'order', touchpoint, channel: 'web', outcome: 'succeeded' };
      const body = JSON.stringify({ id, source, type, subject, time: TIME, data });
      return { stream: `customer-${subject}`, id, source, type, time: Date.parse(TIME), body };
    }),
  );
});
afterAll(async () => {
  await threads.close();
  await readModels.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const logger = createLogger({ level: 'silent' });
const announce = async () => undefined;

async function expectAllButTheBad(generation: number): Promise<void> {
  const parked = await parkedAt(readModels.clickhouse, generation, { upTo: BigInt(EVENTS), after: 0n, limit: 100 });
  expect(parked).toEqual(BAD);
  const counts = await projectedCounts(readModels.clickhouse, generation);
  expect(counts).toMatchObject({ moments: EVENTS - BAD.length, parked: BAD.length });
}

describe('events of which no rows can be made are set aside, each alone', () => {
  test.each<readonly [string, StartFold | undefined]>([
    ['on one thread', undefined],
    ['on threads of their own', threads.startFold],
  ])(
    'folded %s',
    async (_, startFold) => {
      const { number: generation } = await readModels.createGeneration('{}');
      const sizes = { batch: 100 };
      const projector = await startProjector({
        store,
        readModels,
        generation,
        measures,
        logger,
        announce,
        startFold,
        sizes,
      });
      expect(await projector.progress.reached(BigInt(EVENTS), 60_000), String(projector.fault())).toBe(true);
      await projector.stop();
      expect([...projector.parked].sort()).toEqual([...BAD]);
      await expectAllButTheBad(generation);
    },
    90_000,
  );

  test('in a lane', async () => {
    const { number: generation } = await readModels.createGeneration('{}');
    const lane = partitionLane(0, 1, {
      store,
      readModels,
      target: async () => ({ generation, measures }),
      announce,
      logger,
    });
    const events: StoredEvent[] = [];
    for await (const page of store.readAll({})) events.push(...page);
    const batch = {
      partition: 0,
      ofPartitions: 1,
      upTo: BigInt(EVENTS),
      isStart: true,
      history: undefined,
      assertOwned: announce,
    };
    await lane.take({ ...batch, events });
    expect(lane.reached()).toMatchObject({ position: BigInt(EVENTS) });
    await lane.close();
    await expectAllButTheBad(generation);
  }, 240_000);
});

describe('the search for the event to blame', () => {
  const fault = new RangeFault('x is no number');

  test('halves what failed, and condemns what stands alone', () => {
    const search = searchForFault();
    expect(search.noteFailed(fault, { events: 5, upTo: 5n })).toBe(true);
    expect(search.rangeMax()).toBe(3);
    expect(search.noteWritten(3n)).toBe(false);
    expect(search.noteFailed(fault, { events: 1, upTo: 4n })).toBe(true);
    expect([...search.condemned]).toEqual([[4n, 'no rows can be made of it: x is no number']]);
    expect(search.rangeMax()).toBeUndefined();
  });

  test('gives up where that does not help', () => {
    const search = searchForFault();
    search.noteFailed(fault, { events: 1, upTo: 4n });
    expect(search.noteFailed(fault, { events: 1, upTo: 4n })).toBe(false);
  });

  test('ends where what failed is written after all', () => {
    const search = searchForFault();
    search.noteFailed(fault, { events: 8, upTo: 8n });
    expect([search.noteWritten(4n), search.noteWritten(8n)]).toEqual([false, true]);
    expect(search.rangeMax()).toBeUndefined();
  });
});
