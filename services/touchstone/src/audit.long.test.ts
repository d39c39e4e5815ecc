import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import type { JourneyEvent } from '@touchstone/journey';
import { asAppended, measures, randomHistories } from '@touchstone/journey/testing';
import { type Projector, startProjector } from '@touchstone/projector';
import { customersAtRandom, openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Audit, startAudit } from './audit.ts';
import { AUDITED_BY_FIELD_MAX } from './audit-customer.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-audit-'));
const logger = createLogger({ level: 'silent' });
let store: EventStore;
let readModels: ReadModels;
let projector: Projector;
let generation: number;
let customers: readonly string[];
let distrusted: string[] = [];

/** The test calls this audit itself; its own timer looks at nobody. */
const audited = (): Audit =>
  startAudit({
    store,
    readModels,
    logger,
    inForce: () => ({ generation, measures, projector }),
    mending: { distrust: (reason) => void distrusted.push(reason), isTrusted: () => false },
    share: 0.02,
  });

beforeAll(async () => {
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  generation = (await readModels.createGeneration('{}')).number;
  await readModels.switchTo(generation);
  const histories = randomHistories(12, 3);
  customers = histories.map(([first]) => first!.customerId);
  const bad = { ...histories[0]![0]!, id: 'bad', type: 'touchstone.moment.recorded.v0' } as unknown as JourneyEvent;
  await store.append([...histories.flat(), bad].map(asAppended));
  const announce = async () => undefined;
  projector = await startProjector({ store, readModels, generation, measures, logger, announce });
  await projector.progress.reached(await store.head(), 30_000);
});
afterAll(async () => {
  await projector.stop();
  await readModels.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Id of a customer who has rows in this table. */
async function ownerIn(table: string): Promise<string> {
  const { z } = await import('zod');
  const sql = `SELECT any(customer_id) AS id FROM touchstone_${generation}.${table} FINAL`;
  const [row] = await readModels.clickhouse.query(
    sql.replace('moments FINAL', 'moments'),
    {},
    z.object({ id: z.string() }),
  );
  return row!.id;
}

const alter = (table: string, change: string) =>
  readModels.clickhouse.command(`ALTER TABLE touchstone_${generation}.${table} ${change} SETTINGS mutations_sync = 2`);

test('rows that are as the log makes them are found so, of every customer and day', async () => {
  const audit = audited();
  for (const customer of customers) expect(await audit.auditCustomer(customer), customer).toEqual([]);
  expect(await audit.auditDay((await store.lastRecordedAt())!)).toBe(true);
  expect(audit.state()).toEqual({ customers: customers.length, days: 1, differences: 0 });
  expect(audit.check.run()).toBeUndefined();
  expect(distrusted).toEqual([]);
  await audit.stop();
});

test.each([
  ['customers', 'UPDATE satisfied_moments = satisfied_moments + 1', 'satisfied_moments'],
  ['journeys', "UPDATE attributes = map('colour', 'red')", 'attributes'],
  ['promises', "UPDATE what = 'something else'", 'what'],
  ['complaints', 'UPDATE raised_at = raised_at + INTERVAL 1 SECOND', 'raised_at'],
  ['trust_changes', "UPDATE because = 'made up'", 'because'],
  ['journeys', 'DELETE', ''],
])(
  'a difference in %s (%s) is found, and written anew from the log in a way that rebuilds repeat',
  async (table, change, field) => {
    distrusted = [];
    const customer = await ownerIn(table);
    const before = await store.head();
    await alter(table, `${change} WHERE customer_id = '${customer}'`);
    const audit = audited();
    const found = await audit.auditCustomer(customer);
    expect(found!.map((one) => one.field)).toEqual(expect.arrayContaining([field]));
    expect(await audit.check.run()).toContain(customer);
    expect(await audit.auditCustomer(customer)).toEqual([]);
    expect(distrusted).toEqual([]);
    expect((await store.readStream(`changes-${customer}`)).at(-1)!.position).toBeGreaterThan(before);
    expect(await readModels.verify(generation)).toEqual({ isWhole: true, faults: [], heldFrom: null });
    await audit.stop();
  },
);

test.each([
  ['moments', 'UPDATE score = 1', 'score'],
  ['moments', 'DELETE', ''],
  ['parked', 'DELETE', ''],
])(
  'a difference in %s (%s) is found, and asks for a new generation: nothing replaces such a row',
  async (table, change, field) => {
    distrusted = [];
    const customer = await ownerIn(table);
    await alter(table, `${change} WHERE customer_id = '${customer}'`);
    const audit = audited();
    const found = await audit.auditCustomer(customer);
    expect(found!.map((one) => one.field)).toContain(field);
    expect(distrusted).toEqual([expect.stringContaining(customer)]);
    if (field === '') expect(await audit.auditDay((await store.lastRecordedAt())!)).toBe(false);
    await audit.stop();
  },
);

test('a customer with more events than are compared field by field is held to the log too, and what differs is found', async () => {
  const [first] = randomHistories(1, 5, 'large')[0]!;
  const large = first!.customerId;
  const moments = Array.from({ length: AUDITED_BY_FIELD_MAX + 1 }, (_, n) => ({ ...first!, id: `more-${n}` }));
  await store.append(moments.map(asAppended));
  await projector.progress.reached(await store.head(), 60_000);
  const audit = audited();
  expect(await audit.auditCustomer(large)).toEqual([]);

  distrusted = [];
  await alter('customers', `UPDATE stage = 'lost' WHERE customer_id = '${large}'`);
  const found = await audit.auditCustomer(large);
  expect(found).toMatchObject([{ table: 'customers', field: 'what is shown', found: expect.stringContaining('lost') }]);
  expect(await audit.auditCustomer(large)).toEqual([]);
  expect(distrusted).toEqual([]);

  await alter('moments', `DELETE WHERE customer_id = '${large}' AND event_id = 'more-7'`);
  expect(await audit.auditCustomer(large)).toMatchObject([{ table: 'moments', field: 'how many events are counted' }]);
  expect(distrusted).toEqual([expect.stringContaining(large)]);
  await audit.stop();
}, 120_000);

test('customers are taken at random: each once at most at a time, no more than asked for, and everybody in the end', async () => {
  const all = await customersAtRandom(readModels.clickhouse, generation, 1_000);
  expect(new Set(all).size).toBe(all.length);
  expect(all).toEqual(expect.arrayContaining([...customers]));
  const seen = new Set<string>();
  for (let draws = 0; draws < 500 && seen.size < all.length; draws++) {
    const some = await customersAtRandom(readModels.clickhouse, generation, 3);
    expect(some.length).toBeLessThanOrEqual(3);
    for (const one of some) seen.add(one);
  }
  expect([...seen].sort()).toEqual([...all].sort());
});
