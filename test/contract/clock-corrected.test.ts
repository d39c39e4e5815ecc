import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClock } from '@touchstone/clock';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { createLogger } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { givenServer, givenStore } from './eventstoredb-stores.ts';

const T0 = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;
const BROKEN = 'promise-broken/p/2026-03-04T00:00:00.000Z';

async function sqliteStore(): Promise<EventStore> {
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-corrected-'));
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return store;
}

/** Starts the clock of one process, over tables that always show ada as overdue and as ahead. */
function startClockOf(store: EventStore) {
  let now = T0;
  const corrected: number[] = [];
  const clock = startClock({
    store,
    customers: {
      due: async () => ['ada'],
      untold: async () => [],
      ahead: async () => ['ada'],
      nextDueAt: async () => null,
      nextUntoldAt: async () => null,
    },
    measures: () => ({ policy: policyV1, definitions: definitionsByType([]) }),
    parked: () => new Set<bigint>(),
    now: async () => now,
    reached: async () => true,
    logger: createLogger({ level: 'silent' }),
    intervalMs: 3_600_000,
    onCorrected: (_, aheadMs) => corrected.push(aheadMs),
  });
  onTestFinished(() => clock.stop());
  return {
    corrected,
    settleAt: async (day: number) => {
      now = T0 + day * DAY_MS;
      clock.lookAgain();
      await clock.settled();
    },
  };
}

test.each([
  ['SQLite', sqliteStore],
  ['EventStoreDB', async () => givenStore(await givenServer())],
] as const)(
  'over %s, what clocks announced too early is withdrawn once, and told again once when it is true',
  async (_, open) => {
    const store = await open();
    const data = { promiseId: 'p', dueAt: new Date(T0 + 3 * DAY_MS).toISOString() };
    const type = 'touchstone.promise.made.v1';
    const time = new Date(T0).toISOString();
    const body = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type, subject: 'ada', time, data });
    await store.append([{ stream: 'customer-ada', source: '/s', id: '1', type, time: T0, body }]);
    const told = async () => (await store.readStream('changes-ada')).map(({ id }) => id);

    const clocks = [startClockOf(store), startClockOf(store)] as const;
    await clocks[0].settleAt(40);
    expect(await told()).toEqual([BROKEN]);
    await Promise.all(clocks.map((clock) => clock.settleAt(1)));
    await Promise.all(clocks.map((clock) => clock.settleAt(1)));
    expect(await told()).toEqual([BROKEN, 'clock-corrected/1']);
    expect(clocks.flatMap(({ corrected }) => corrected)).toContain(2 * DAY_MS + 1);

    await Promise.all(clocks.map((clock) => clock.settleAt(4)));
    await Promise.all(clocks.map((clock) => clock.settleAt(5)));
    expect(await told()).toEqual([BROKEN, 'clock-corrected/1', `again-1/${BROKEN}`]);
  },
);
