import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, type MeasurementRules, policyV1 } from '@touchstone/journey';
import { compareBeforeSwitch, refusal } from '@touchstone/operations';
import { startProjector } from '@touchstone/projector';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import { createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

const order: Definition = { type: 'order', touchpoints: { payment: { weight: 2 } } };
const critical: Definition = { type: 'order', touchpoints: { payment: { weight: 2, critical: true } } };
const measuresOf = (definition: Definition): MeasurementRules => ({
  policy: policyV1,
  definitions: definitionsByType([definition]),
});
const logger = createLogger({ level: 'silent' });
const T0 = Date.parse('2026-01-01T00:00:00Z');

let folder: string;
let store: EventStore;
let readModels: ReadModels;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-compare-'));
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  await store.append(['anna', 'ben', 'zoe'].flatMap((customer) => [0, 1, 2].map((n) => moment(customer, n))));
});
afterAll(async () => {
  await readModels?.close();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

function moment(customer: string, n: number) {
  const [id, type, source] = [`${customer}-${n}`, 'touchstone.moment.recorded.v1', '/test'];
  const data = {
    journeyId: 'j',
    journeyType: 'order',
    touchpoint: 'payment',
    channel: 'web',
    outcome: n === 1 ? 'failed' : 'succeeded',
  };
  const time = new Date(T0 + n * 1000).toISOString();
  const body = JSON.stringify({ specversion: '1.0', id, source, type, subject: customer, time, data });
  return { stream: `customer-${customer}`, source, id, type, time: T0 + n * 1000, body };
}

/** Fills a generation with the whole log; it is dropped when the test ends. */
async function filled(measures: MeasurementRules) {
  const { number: generation } = await readModels.createGeneration('{}');
  const projector = await startProjector({
    store,
    readModels,
    generation,
    measures,
    logger,
    announce: async () => undefined,
  });
  onTestFinished(() => projector.stop());
  await projector.progress.reached(await store.head(), 30_000);
  return { generation, measures, projector };
}

type Filled = Awaited<ReturnType<typeof filled>>;
const compare = (before: Filled, after: Filled, force = false) =>
  compareBeforeSwitch({ store, readModels, logger, before, after, now: T0 + 10_000, force });
const spoil = ({ generation }: Filled, sql: string) =>
  readModels.clickhouse.command(sql.replace('%', `touchstone_${generation}`));

it('the same measures make the same tables, and nothing differs', async () => {
  const comparison = await compare(await filled(measuresOf(order)), await filled(measuresOf(order)));
  expect(comparison).toMatchObject({
    verdict: 'same',
    isSameMeasures: true,
    before: { moments: 9, parked: 0, events: 9, isWhole: true },
    after: { moments: 9, parked: 0, events: 9, isWhole: true },
    tables: { customers: { before: 3, after: 3, differing: 0 } },
    faultsBefore: [],
    faultsAfter: [],
  });
});

it('other measures may differ: the differences are told, and the new rows are held to the log', async () => {
  const comparison = await compare(await filled(measuresOf(order)), await filled(measuresOf(critical)));
  expect(comparison).toMatchObject({
    verdict: 'measured-otherwise',
    isSameMeasures: false,
    heldToTheLog: 3,
    faultsAfter: [],
  });
  expect(comparison?.tables.customers.differing).toBe(3);
});

it('rows that the old one lost are no reason to stay with it', async () => {
  const [before, after] = [await filled(measuresOf(order)), await filled(measuresOf(order))];
  await spoil(before, "DELETE FROM %.journeys WHERE customer_id = 'ben'");
  await spoil(before, 'DELETE FROM %.moments WHERE position = 3');
  const comparison = await compare(before, after);
  expect(comparison).toMatchObject({
    verdict: 'before-was-wrong',
    before: { moments: 8, events: 9, isWhole: false },
    tables: { journeys: { onlyAfter: 1, differing: 0 } },
    faultsAfter: [],
  });
  expect(comparison?.faultsBefore).toEqual([
    'it holds 8 moments and 0 parked events; the log has 9 events',
    expect.stringContaining('customer ben: journeys []; the log makes them [{"journeyId":"j"'),
  ]);
});

it('a new one that is not as the log makes it is refused, says so, and is switched to by force alone', async () => {
  const [before, after] = [await filled(measuresOf(order)), await filled(measuresOf(order))];
  await spoil(
    after,
    "ALTER TABLE %.customers UPDATE satisfaction = 3 WHERE customer_id = 'zoe' SETTINGS mutations_sync = 1",
  );
  const comparison = await compare(before, after);
  expect(comparison).toMatchObject({ verdict: 'refused', faultsBefore: [], tables: { customers: { differing: 1 } } });
  expect(comparison?.faultsAfter).toEqual([
    expect.stringMatching(/^customer zoe: customer .*"satisfaction":3.*the log makes/),
  ]);
  expect(refusal(comparison!)).toMatch(/customer zoe.*touchstone rebuild --force/s);
  expect(await compare(before, after, true)).toMatchObject({ verdict: 'forced' });
});

it('a difference that the fold does not decide is refused too', async () => {
  const [before, after] = [await filled(measuresOf(order)), await filled(measuresOf(order))];
  await spoil(
    after,
    "ALTER TABLE %.journeys UPDATE channels = ['fax'] WHERE customer_id = 'zoe' SETTINGS mutations_sync = 1",
  );
  expect(await compare(before, after)).toMatchObject({ verdict: 'refused', faultsBefore: [], heldToTheLog: 1 });
});

it('a new one that lacks an event is refused whatever the measures', async () => {
  const [before, after] = [await filled(measuresOf(order)), await filled(measuresOf(critical))];
  await spoil(after, 'DELETE FROM %.moments WHERE position = 3');
  expect(await compare(before, after)).toMatchObject({ verdict: 'refused', after: { isWhole: false } });
});
