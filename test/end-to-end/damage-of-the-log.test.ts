import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestSqliteDriver } from '@touchstone/event-store';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Damages the log of a stopped system, which then must start by itself. */

const DAY = 86_400_000;
const BEGIN = Date.now() - 10 * DAY;

interface Answer {
  readonly items: readonly { readonly id: string }[];
  readonly [name: string]: unknown;
}

let data: string;
let system: Running;
beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'touchstone-damage-'));
  await start();
});
afterEach(async () => {
  await system.stop();
  rmSync(data, { recursive: true, force: true });
});

async function start(): Promise<void> {
  system = await startTouchstone(
    readConfig({ TOUCHSTONE_DATA: data, PORT: '0', LOG_LEVEL: 'silent' }),
    createLogger({ level: 'silent' }),
  );
}

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${system.url}${path}`, { headers });
  return (await response.json()) as Answer;
};

async function publish(): Promise<void> {
  const definition = { type: 'order', touchpoints: { pay: { critical: true, targetMs: 10 } } };
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(definition) };
  expect((await fetch(`${system.url}/v1/definitions/order`, put)).ok).toBe(true);
  const events = ['ada', 'bob', 'eve'].flatMap((customer, of) =>
    [0, 1, 2].map((day) => ({
      specversion: '1.0',
      id: `${customer}-${day}`,
      source: '/shop',
      type: 'touchstone.moment.recorded.v1',
      subject: customer,
      time: new Date(BEGIN + day * DAY + of).toISOString(),
      data: {
        journeyId: `j-${customer}`,
        journeyType: 'order',
        touchpoint: 'pay',
        channel: 'web',
        outcome: 'succeeded',
      },
    })),
  );
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const published = await fetch(`${system.url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  expect(published.ok).toBe(true);
  expect((await settled()).projectedEvents).toBe(9);
}

/** Position of the system once its rows show the whole log. */
const settled = async () => {
  const head = String(await system.store.head());
  return get('/v1/position', { 'touchstone-after': head });
};

function damage(sql: string): void {
  const database = bestSqliteDriver()!.open(join(data, 'events.db'));
  database.exec(sql);
  database.close();
}

/** Each customer's entry in the list. */
const customers = async () => {
  const { items } = await get('/v1/customers');
  return Object.fromEntries(items.map((item) => [item.id, item]));
};

test('an event that is damaged after rows were made of it is set aside, and the rows are filled anew by themselves', async () => {
  await publish();
  const before = await customers();
  await system.stop();
  damage(
    `UPDATE events SET body = replace(body, '"outcome":"succeeded"', '"outcome":"failed"   ') WHERE body LIKE '%"ada-1"%'`,
  );
  await start();
  // A query for the customer reads their stream and finds the damaged event.
  expect((await get('/v1/customers/ada')).parkedEvents).toBe(1);
  await expect.poll(async () => (await settled()).parked, { timeout: 60_000 }).toBe(1);
  const [parked] = (await get('/v1/parked')).items;
  expect(parked).toMatchObject({ customerId: 'ada', eventId: 'ada-1', error: expect.stringMatching(/^damaged: /) });
  const position = await settled();
  expect(position).toMatchObject({ stored: 9, projectedEvents: 8, parked: 1 });
  const after = await customers();
  expect(Object.keys(after).sort()).toEqual(['ada', 'bob', 'eve']);
  expect([after.bob, after.eve]).toEqual([before.bob, before.eve]);
  expect(await get('/v1/conservation')).toMatchObject({ balanced: true });
  const metrics = await (await fetch(`${system.url}/metrics`)).text();
  expect(metrics).toMatch(/^touchstone_log_damaged_events 1$/m);
}, 400_000);

test('damage in streams of the system itself holds up nobody: definitions that are whole stay, and a new one can be put', async () => {
  await publish();
  await system.stop();
  damage(`UPDATE events SET body = substr(body, 3) WHERE stream = 'definitions'`);
  damage(`UPDATE events SET body = CAST(x'ff00' AS TEXT) WHERE stream LIKE 'changes-%'`);
  await start();
  const definition = { type: 'order', touchpoints: { pay: { critical: false } } };
  const put = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(definition) };
  const answer = await fetch(`${system.url}/v1/definitions/order`, put);
  expect(answer.ok).toBe(true);
  expect(await settled()).toMatchObject({ stored: 9, projectedEvents: 9, parked: 0 });
  expect(Object.keys(await customers()).sort()).toEqual(['ada', 'bob', 'eve']);
}, 400_000);
