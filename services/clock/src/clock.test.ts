import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { createLogger } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { startClock } from './clock.ts';

const T0 = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;

test('a customer whose event nobody can take, and that is not set aside yet, keeps nobody else from being told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-clock-'));
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const publish = (customerId: string, id: string, type: string) => {
    const data = { journeyId: 'o', journeyType: 'order', promiseId: 'p', dueAt: new Date(T0 + DAY_MS).toISOString() };
    const time = new Date(T0).toISOString();
    const body = JSON.stringify({ id, source: '/s', type, subject: customerId, time, data });
    return store.append([{ stream: `customer-${customerId}`, id, source: '/s', type, time: T0, body }]);
  };
  for (const customerId of ['ada', 'bob']) await publish(customerId, '1', 'touchstone.promise.made.v1');
  const { position } = await publish('ada', '2', 'touchstone.promise.made.v0');

  const parked = new Set<bigint>();
  const overdue = new Set(['ada', 'bob']);
  const clock = startClock({
    store,
    customers: {
      due: async () => [...overdue],
      ahead: async () => [],
      nextDueAt: async () => (overdue.size === 0 ? null : T0 + DAY_MS),
    },
    measures: () => ({ policy: policyV1, definitions: definitionsByType([{ type: 'order' }]) }),
    parked: () => parked,
    now: async () => T0 + 2 * DAY_MS,
    reached: async () => true,
    logger: createLogger({ level: 'silent' }),
    intervalMs: 3_600_000,
  });
  onTestFinished(() => clock.stop());
  const told = async (customerId: string) => (await store.readStream(`changes-${customerId}`)).map(({ type }) => type);

  await clock.settled();
  expect(await told('bob')).toEqual(['touchstone.change.promise-broken.v1']);
  expect(await told('ada')).toEqual([]);

  overdue.delete('bob');
  parked.add(position);
  await clock.settled();
  expect(await told('ada')).toEqual(['touchstone.change.promise-broken.v1']);
});
