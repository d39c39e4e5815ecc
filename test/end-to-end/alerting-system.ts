import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { alertEvaluator, alertsLedger } from '@touchstone/operations';
import { openReadModels } from '@touchstone/read-models';
import { batch, customerRow, momentRow, trustChangeRow } from '@touchstone/read-models/testing';

export const MINUTE = 60_000;
export const START = Date.parse('2026-03-02T08:00:00Z');

/** A log whose clock is in the hand of the test, and the rows of its moments. */
export async function startAlertingSystem() {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-alerts-'));
  let now = START;
  const store = await sqliteEventStore({ file: join(folder, 'events.db'), now: () => now });
  const readModels = await openReadModels(`chdb:${join(folder, 'clickhouse')}`);
  const { number: generation } = await readModels.createGeneration('{}');
  let published = 0;
  let projected = 0n;
  let rows: ReturnType<typeof momentRow>[] = [];
  let changes: ReturnType<typeof trustChangeRow>[] = [];
  let customers: ReturnType<typeof customerRow>[] = [];
  return {
    store,
    source: { clickhouse: readModels.clickhouse, generation },
    now: () => now,
    setNow: (time: number) => {
      now = time;
    },
    async publish(time: number, failed: boolean) {
      const [id, source, type] = [`e${++published}`, '/test', 'touchstone.moment.recorded.v1'];
      const event = { stream: 'customer-ada', source, id, type, time, body: JSON.stringify({ id, source, type }) };
      const { position } = await store.append([event]);
      const outcome = failed ? 'failed' : 'succeeded';
      rows.push(momentRow({ position, recordedAt: now, time, eventId: id, touchpoint: 'paid', outcome }));
    },
    /** A customer leaves the affective stage for the cognitive one. */
    async lose(customerId: string, time: number) {
      const [id, source, type] = [`e${++published}`, '/test', 'touchstone.moment.recorded.v1'];
      const stream = `customer-${customerId}`;
      const event = { stream, source, id, type, time, body: JSON.stringify({ id, source, type }) };
      const { position: version } = await store.append([event]);
      const row = { customerId, version, since: time };
      customers.push(customerRow({ ...row, stage: 'cognitive' }));
      for (const [ordinal, from, to, at] of [
        [0, 'none', 'affective', time - 100 * MINUTE],
        [1, 'affective', 'cognitive', time],
      ] as const) {
        changes.push(trustChangeRow({ customerId, version, ordinal, from, to, at }));
      }
    },
    /** An evaluator as after a start of its process; it may get another view of the store. */
    evaluator: (by: string, of: EventStore = store) =>
      alertEvaluator({
        store: of,
        alerts: alertsLedger(of),
        source: () => ({ clickhouse: readModels.clickhouse, generation }),
        now: async () => now,
        settled: async () => {},
        reached: async (position) => {
          if (position > projected)
            await readModels.writeBatch(
              generation,
              batch(projected, position, { moments: rows, trustChanges: changes, customers }),
            );
          [rows, changes, customers] = [[], [], []];
          projected = position;
          return true;
        },
        by,
      }),
    async stop() {
      await readModels.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
