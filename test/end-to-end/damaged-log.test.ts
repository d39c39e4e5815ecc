import { dataSchemas, eventTypes } from '@touchstone/journey';
import { listParked } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTrials } from '../../packages/operations/src/trial/trial.ts';
import { mutatedEvent } from '../../services/ingest/testing/event-arbitraries.ts';
import { partitionLane } from '../../services/projector/src/follow/lane.ts';
import { startProjector } from '../../services/projector/src/follow/projector.ts';
import { openFoldThreads } from '../../services/projector/src/threads/fold-threads.ts';
import { startTestSystem, type TestSystem } from '../../services/query/testing/start-test-system.ts';
import { workersOf } from '../../services/touchstone/src/workers.ts';
import {
  AT,
  amongGood,
  BASE,
  DATA,
  damagedBodies,
  damagedEvents,
  envelope,
  good,
  storedAs,
  type ToStore,
} from './damaged-events.ts';

/**
 * Writes events past ingest that it would never accept, as damage, a newer version or another
 * program might.
 */

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([{ type: 'order', touchpoints: { pay: { critical: true, targetMs: 10 } } }]);
});
afterAll(() => system?.stop());

async function store(events: readonly ToStore[]): Promise<bigint> {
  let position = 0n;
  for (let at = 0; at < events.length; at += 500)
    ({ position } = await system.store.append(events.slice(at, at + 500)));
  expect(await system.projector.progress.reached(position, 60_000), String(system.projector.fault())).toBe(true);
  return position;
}

async function parkedRows(): Promise<{ position: string; customerId: string; error: string }[]> {
  const rows = [];
  for (let cursor = ''; ; ) {
    const { body } = await system.get(
      `/v1/parked?limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rows.push(...body.items);
    if (body.nextCursor === null) return rows;
    cursor = body.nextCursor;
  }
}

/** Requires the conservation equations to hold in total and for each source. */
async function expectBalance(): Promise<void> {
  const { body } = await system.get('/v1/conservation');
  expect(body).toMatchObject({ balanced: true, gaps: [], totals: { gap: 0, lag: 0 } });
  for (const row of body.rows) expect(row.stored, row.source).toBe(row.projected + row.parked);
  expect(body.totals.stored).toBe(body.totals.projected + body.totals.parked);
}

/**
 * Requires every answer about the customer to include the two good events, and the other one only
 * if it could be taken.
 */
async function expectAnswers(customer: string, isParked: boolean): Promise<void> {
  const { status, body } = await system.get(`/v1/customers/${customer}`);
  const parkedEvents = isParked ? 1 : undefined;
  expect([status, body.parkedEvents], customer).toEqual([200, parkedEvents]);
  const journey = await system.get(`/v1/journeys/j?customerId=${customer}`);
  expect([journey.status, journey.body.parkedEvents], customer).toEqual([200, parkedEvents]);
  expect(journey.body.score).toEqual(expect.any(Number));
  expect(journey.body.moments).toBeGreaterThanOrEqual(2);
}

type Fill = (generation: number) => Promise<void>;
const silent = createLogger({ level: 'silent' });
const announce = async () => undefined;

const onThreads: Fill = async (generation) => {
  const { store, readModels, measures } = system.deps;
  const threads = openFoldThreads(2);
  const { startFold } = threads;
  const options = { store, readModels, generation, measures: measures(), logger: silent, announce, startFold };
  const projector = await startProjector(options);
  expect(await projector.progress.reached(await store.head(), 120_000), String(projector.fault())).toBe(true);
  await projector.stop();
  await threads.close();
};

const inThreeLanes: Fill = async (generation) => {
  const { store, readModels, measures } = system.deps;
  const target = async () => ({ generation, measures: measures() });
  for (let index = 0; index < 3; index++) {
    const lane = partitionLane(index, 3, { store, readModels, target, announce, logger: silent });
    await lane.look();
    await lane.close();
  }
};

async function parkedIn(generation: number) {
  const { clickhouse } = system.deps.readModels;
  const rows: { position: bigint; customerId: string; source: string; error: string }[] = [];
  for (let after = 0n; ; after = rows.at(-1)!.position) {
    const page = await listParked(clickhouse, generation, { limit: 500, after });
    if (page.length === 0) return rows;
    rows.push(...page.map(({ position, customerId, source, error }) => ({ position, customerId, source, error })));
  }
}

describe('an event that is stored, whatever is in it, holds up nobody', () => {
  test('the cases name every field of every type', () => {
    for (const type of eventTypes) {
      const fields = Object.keys(dataSchemas[type].shape).filter((field) => field !== 'customerId');
      expect(Object.keys({ ...BASE, ...DATA[type] }).sort(), type).toEqual(fields.sort());
    }
  });

  test('every field of every type as every type of JSON: all others are projected, and each of these is projected or parked', async () => {
    const damaged = damagedEvents.map(({ name, event }, i) => ({
      name,
      stored: storedAs(`d${i}`, event(`d${i}`)),
    }));
    const before = (await system.get('/v1/position')).body;
    const head = await store(amongGood(damaged.map(({ stored }) => stored)));
    const after = (await system.get('/v1/position', { 'touchstone-after': String(head) })).body;
    const parked = new Map((await parkedRows()).map((row) => [row.customerId, row]));
    expect(after.parked - before.parked).toBe(parked.size);
    expect(after.projectedEvents - before.projectedEvents).toBe(3 * damaged.length - parked.size);
    expect(parked.size).toBeGreaterThan(1000);
    for (const { error } of parked.values()) expect(error).toMatch(/^the stored event .{20,}/);
    await expectBalance();
    for (let i = 0; i < damaged.length; i += 7) await expectAnswers(`d${i}`, parked.has(`d${i}`));
  }, 600_000);

  test('bodies that are no event at all', async () => {
    const damaged = damagedBodies.map((body, i) => storedAs(`b${i}`, {}, body));
    await store(amongGood(damaged));
    const parked = new Set((await parkedRows()).map(({ customerId }) => customerId));
    for (const i of damagedBodies.keys()) {
      expect(parked).toContain(`b${i}`);
      await expectAnswers(`b${i}`, true);
    }
    await expectBalance();
  }, 180_000);

  test('2,000 random events with something wrong somewhere', async () => {
    const damaged = fc
      .sample(mutatedEvent, { seed: 14, numRuns: 2000 })
      .map((event, i) => storedAs(`r${i}`, { ...event, source: '/r', subject: `r${i}` }));
    await store(amongGood(damaged));
    const parked = new Set((await parkedRows()).map(({ customerId }) => customerId));
    await expectBalance();
    for (let i = 0; i < damaged.length; i += 20) await expectAnswers(`r${i}`, parked.has(`r${i}`));
  }, 300_000);

  test('an announcement or a retry that is damaged is as if it were not there', async () => {
    const bodies = [
      'no JSON touchstone.change.parked-retried.v1',
      '{"type":"touchstone.change.parked-retried.v1","data":7}',
      '{"type":"touchstone.change.parked-retried.v1","data":{"positions":["x"]}}',
      '7,"due":true}',
    ];
    const announced = bodies.map((body, i) => ({
      ...storedAs('announced', {}, body),
      stream: 'changes-announced',
      time: i === 3 ? 9e15 : AT,
    }));
    await store([good('announced'), ...announced, good('announced')]);
    await expectAnswers('announced', false);
    const { body } = await system.get('/v1/journeys?customerId=announced');
    expect(body.items).toMatchObject([{ moments: 2 }]);
  });

  test('a damaged event says in words what is wrong with it', async () => {
    const words = async (customer: string, data: object) => {
      await store([storedAs(customer, { ...envelope(customer), data: { ...DATA[eventTypes[0]!], ...data } })]);
      return (await parkedRows()).find(({ customerId }) => customerId === customer)?.error;
    };
    expect(await words('w1', { outcome: 7 })).toMatch(
      /^the stored event e\d+ of \/damaged cannot be measured: data\.outcome: Invalid option/,
    );
    expect(await words('w2', { perception: { value: 11, min: 0, max: 10 } })).toContain(
      'data.perception: value 11 is off its scale 0..10',
    );
    expect(await words('w3', { touchpoint: null })).toContain(
      'data.touchpoint: Invalid input: expected string, received null',
    );
  });

  test('a trial measures all of it, and finds no fault and nobody missing', async () => {
    const { store, readModels, measures, generation, definitions, now } = system.deps;
    const { projector } = system;
    const trials = createTrials({
      store,
      readModels,
      logger: silent,
      inForce: () => ({ generation: generation(), measures: measures(), projector }),
      definitions: definitions.latest,
      now,
      clock: () => undefined,
      ...workersOf({ store, readModels, logger: silent }),
      isRebuilding: () => false,
    });
    await trials.start({ definitions: [{ type: 'order', abandonAfterDays: 1 }], policy: undefined, limit: 100 });
    await expect.poll(() => trials.status().state, { timeout: 240_000 }).not.toBe('running');
    const { state, error, report } = trials.status();
    expect({ state, error, faults: report?.faults }).toEqual({ state: 'done', error: null, faults: [] });
    const { before, after, tables } = report!.comparison;
    expect([before.isWhole, after.isWhole]).toEqual([true, true]);
    for (const table of [tables.customers, tables.journeys])
      expect(table).toMatchObject({ onlyBefore: 0, onlyAfter: 0 });
    expect(tables.journeys.before).toBeGreaterThan(1000);
  }, 600_000);

  test.each<[string, Fill]>([
    ['by a rebuild on threads', onThreads],
    ['by three lanes', inThreeLanes],
  ])(
    'all of it is read again %s, and the same events are set aside',
    async (_how, fill) => {
      const { readModels, store, generation } = system.deps;
      const { number } = await readModels.createGeneration('{}');
      await fill(number);
      expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [], heldFrom: null });
      const again = await parkedIn(number);
      expect(again).toEqual(await parkedIn(generation()!));
      expect(again.length).toBeGreaterThan(1000);
      expect((await dumpHoweverCut(readModels.clickhouse, number)).moments).toEqual(
        (await dumpHoweverCut(readModels.clickhouse, generation()!)).moments,
      );
      expect(await store.head()).toBeGreaterThan(0n);
    },
    300_000,
  );
});
