import { join } from 'node:path';
import { openLogReader } from '@touchstone/event-store';
import { openReadModels } from '@touchstone/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '../../services/cli/src/verify/verify.ts';
import { verifyFolder } from '../../services/cli/src/verify/verify-notes.ts';
import { rowsOfThisLog } from '../../services/cli/src/verify/verify-rows.ts';
import { type ClickHouseServer, startClickHouseServer } from '../clickhouse-server/server.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { figures, folderForTest, publish, restartedWith, started, withChangedEvent } from './put-back-systems.ts';
import { runCommand } from './run-command.ts';

/**
 * Runs `touchstone verify --full` over a log in EventStoreDB and its rows in ClickHouse, while a
 * running system writes both.
 */

const EVENTS = 60;
const CUSTOMERS = 23;

let eventStore: EventStoreDbServer;
let clickhouse: ClickHouseServer;

beforeAll(async () => {
  [eventStore, clickhouse] = await Promise.all([startEventStoreDbServer(), startClickHouseServer()]);
}, 120_000);
afterAll(async () => {
  await Promise.all([eventStore?.stop(), clickhouse?.stop()]);
});

async function verified(notes: string, ...options: readonly string[]) {
  const environment = { EVENT_STORE_URL: eventStore.url, CLICKHOUSE_URL: clickhouse.url };
  const { code, out, err } = await runCommand(['verify', '--full', '--notes', notes, ...options], environment);
  return { code, err, out, ...(options.includes('--json') && out !== '' && JSON.parse(out)) };
}

/** One that is stopped once it holds rows to the log. */
async function stopAmongRows(notes: string): Promise<void> {
  const [reader, readModels] = await Promise.all([openLogReader(eventStore.url), openReadModels(clickhouse.url)]);
  const stopping = new AbortController();
  const summary = await verify({
    reader,
    rows: await rowsOfThisLog(readModels, reader),
    folder: verifyFolder(join(notes, 'touchstone-verify')),
    isAnew: false,
    signal: stopping.signal,
    onProgress: (phase) => phase === 'rows' && stopping.abort(),
  });
  expect(summary).toMatchObject({ outcome: 'interrupted', events: expect.any(Number) });
  await readModels.close();
  await reader.close();
}

test('what holds ends with 0 beside a running system; a damaged event and a changed row are named and end with 2; who was stopped goes on', async () => {
  const [data, notes] = [folderForTest(), folderForTest()];
  const system = await started(data, { EVENT_STORE_URL: eventStore.url, CLICKHOUSE_URL: clickhouse.url });
  try {
    await publish(system.url, 0, EVENTS);
    await figures(system.url);
    const whole = await verified(notes, '--json');
    expect(whole, whole.err).toMatchObject({
      code: 0,
      outcome: 'done',
      customers: CUSTOMERS,
      passedOver: 0,
      differences: { count: 0, named: [] },
    });
  } finally {
    await system.stop();
  }

  await stopAmongRows(notes);
  const gone = await verified(notes);
  expect(gone, gone.err).toMatchObject({
    code: 0,
    out: expect.stringMatching(/went on after position \d+[\s\S]*23 customers[\s\S]*Everything holds/),
  });

  const readModels = await openReadModels(clickhouse.url);
  const { number } = (await readModels.currentGeneration())!;
  const change = 'UPDATE satisfied_moments = satisfied_moments + 1';
  await readModels.clickhouse.command(
    `ALTER TABLE touchstone_${number}.customers ${change} WHERE customer_id = 'c-7' SETTINGS mutations_sync = 1`,
  );
  await readModels.close();
  eventStore = await restartedWith(eventStore, withChangedEvent(eventStore.log.records, 'e-11'));
  const differing = await verified(notes, '--json');
  const at = eventStore.log.records.find(({ data }) => Buffer.from(data).includes('"id":"e-11"'))!.position;
  expect(differing, differing.err).toMatchObject({ code: 2, outcome: 'done' });
  expect(differing.differences.named).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ position: String(at), customer: 'c-11', field: 'event' }),
      expect.objectContaining({ customer: 'c-7', field: 'customers.satisfied_moments' }),
    ]),
  );
  const others = differing.differences.named.filter(
    ({ customer }: { customer: string | null }) => customer !== null && !['c-7', 'c-11'].includes(customer),
  );
  expect(others).toEqual([]);
}, 300_000);
