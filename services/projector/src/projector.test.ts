import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announceTo, dueCustomersIn, startClock } from '@touchstone/clock';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { foldCustomer, formatInstant, type JourneyEvent, viewCustomer } from '@touchstone/journey';
import { history, measures } from '@touchstone/journey/testing';
import { listCustomers, listJourneys, openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Projector, startProjector } from './projector.ts';

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

/** Random histories of many customers, dealt into one log that keeps each customer's order. */
function randomLog(customers: number, seed: number): JourneyEvent[] {
  const histories = fc
    .sample(history, { numRuns: customers, seed })
    .map((events, index) => events.map((event) => ({ ...event, customerId: `c${index}` })));
  const log: JourneyEvent[] = [];
  for (let turn = 0; histories.some((events) => events.length > 0); turn++) {
    log.push(...histories[(turn * 7919) % customers]!.splice(0, 1 + (turn % 5)));
  }
  return log;
}

async function publish(events: readonly JourneyEvent[]): Promise<bigint> {
  const { position } = await store.append(
    events.map(({ customerId, time, ...event }) => ({
      stream: `customer-${customerId}`,
      source: event.source,
      id: event.id,
      type: event.type,
      time,
      body: JSON.stringify({ ...event, subject: customerId, time: formatInstant(time) }),
    })),
  );
  return position;
}

async function project(generation: number, batch: number): Promise<Projector> {
  return startProjector({
    store,
    readModels,
    generation,
    measures,
    logger,
    sizes: { batch },
    announce: async (announcements) => void (await announceTo(store, announcements, false)),
  });
}

/** The tables and their keys. */
const tables = {
  moments: 'position',
  journeys: 'customer_id, journey_id',
  customers: 'customer_id',
  promises: 'customer_id, promise_id',
  complaints: 'customer_id, complaint_id',
  trust_changes: 'customer_id, ordinal',
  parked: 'position',
};

/** Every row of every table, as text; all but the version, which says in which batch a row was written last. */
async function dump(generation: number): Promise<Record<string, string[]>> {
  const rows: Record<string, string[]> = {};
  for (const [table, order] of Object.entries(tables)) {
    const final = table === 'moments' ? '' : 'FINAL';
    const sql = `SELECT formatRow('JSONEachRow', ${table === 'moments' || table === 'parked' ? '*' : '* EXCEPT version'}) AS row FROM touchstone_${generation}.${table} ${final} ORDER BY ${order}`;
    rows[table] = (await readModels.clickhouse.query(sql, {}, z.object({ row: z.string() }))).map(({ row }) => row);
  }
  return rows;
}

test('tables show what the fold says, settled to now, and a rebuild gives them again row for row', async () => {
  const log = randomLog(60, 42);
  const now = Math.max(...log.map(({ time }) => time));
  const first = await readModels.createGeneration('{}');
  const projector = await project(first.number, 50);
  const clock = startClock({
    store,
    customers: dueCustomersIn(readModels, () => first.number),
    measures: () => measures,
    parked: () => projector.parked,
    now: () => store.greatestTime(),
    reached: projector.progress.reached,
    logger,
    intervalMs: 3_600_000,
  });
  // Time is settled in between too, so that late news meets rows that ran ahead of it.
  for (let start = 0; start < log.length; start += 400) {
    await projector.progress.reached(await publish(log.slice(start, start + 400)), 30_000);
    clock.lookAgain();
    await clock.settled();
  }
  await projector.progress.reached(await store.head(), 30_000);

  const { purchaseDays } = measures.policy.loyalty;
  const customers = await listCustomers(readModels.clickhouse, first.number, { now, purchaseDays, limit: 500 });
  const changes = (await dump(first.number)).trust_changes!.map((row) => JSON.parse(row));
  expect(customers.items).toHaveLength(60);
  const { items: allJourneys } = await listJourneys(readModels.clickhouse, first.number, { limit: 500 });
  for (const { customerId, ...listed } of customers.items) {
    const events = log.filter((event) => event.customerId === customerId);
    const state = foldCustomer(measures, customerId, events, now)!;
    const { id: _id, history: path, journeys, next: _next, ...summary } = viewCustomer(measures, state);
    expect({ ...listed, journeys: 0 }, customerId).toMatchObject(summary);
    const items = allJourneys.filter((item) => item.customerId === customerId);
    expect(items.length).toBe(journeys.length);
    for (const { id: journeyId, ...journey } of journeys) {
      expect(items.find((item) => item.journeyId === journeyId)).toMatchObject({
        ...journey,
        level: journey.level ?? '',
      });
    }
    const shown = changes
      .filter((row) => row.customer_id === customerId)
      .map(({ from, to, because }) => ({ from, to, because }));
    expect(shown, customerId).toEqual(path.map(({ from, to, because }) => ({ from, to, because })));
  }

  const second = await readModels.createGeneration('{}');
  const rebuilt = await project(second.number, 5000);
  expect(await rebuilt.progress.reached(await store.head(), 30_000), String(rebuilt.fault())).toBe(true);
  await rebuilt.stop();
  await clock.stop();
  await projector.stop();
  expect(await dump(second.number)).toEqual(await dump(first.number));
}, 120_000);
