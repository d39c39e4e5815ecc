import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { measures } from '@touchstone/journey/testing';
import type { Rows } from '@touchstone/read-models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomers } from './customers.ts';
import { createFold, type RowSink } from './fold.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-customers-'));
let store: EventStore;
const CUSTOMERS = 12;
const ROUNDS = 5;

beforeAll(async () => {
  store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  for (let round = 0; round < ROUNDS; round++) {
    await store.append(
      Array.from({ length: CUSTOMERS }, (_, index) => {
        const event = {
          id: `${round}`,
          source: '/s',
          type: 'touchstone.purchase.made.v1',
          subject: `c${index}`,
          time: `2026-03-0${round + 1}T00:00:00.000Z`,
          data: { amount: 1, currency: 'EUR' },
        };
        const { id, source, type, subject, time } = event;
        return { stream: `customer-${subject}`, id, source, type, time: Date.parse(time), body: JSON.stringify(event) };
      }),
    );
  }
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Collects the rows of a fold as they come. */
function collected() {
  const rows = {
    moments: [],
    journeys: [],
    customers: [],
    promises: [],
    complaints: [],
    trustChanges: [],
    parked: [],
  } as {
    -readonly [Name in keyof Rows]: Rows[Name][number][];
  };
  const sink = Object.fromEntries(
    Object.entries(rows).map(([name, all]) => [name, { add: (row: never) => all.push(row) }]),
  ) as unknown as RowSink;
  return { rows, sink };
}

test.each([
  ['there is room for all', { customersMax: 100 }],
  ['there is room for three', { customersMax: 3 }],
  ['nobody fits', { customersMax: 1, eventsPerCustomer: 5 }],
])('a customer who was forgotten is loaded from the log again, when %s', async (_case, room) => {
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams: store, measures, parked, fromBeginning: true, ...room });
  const { rows, sink } = collected();
  const fold = createFold({ measures, customers, parked, rows: sink }, 0n);
  for await (const page of store.readAll({ pageSize: 7 })) {
    await fold.take(page);
    fold.finish();
  }
  const purchases = new Map(rows.customers.map((row) => [row.customerId, row.purchases]));
  expect([...purchases.values()]).toEqual(Array(CUSTOMERS).fill(ROUNDS));
});

test('an event that cannot be taken is set aside, and its customer goes on without it', async () => {
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams: store, measures, parked, fromBeginning: true });
  const all = [];
  for await (const page of store.readAll()) all.push(...page);
  const poisoned = all.map((stored) =>
    stored.stream === 'customer-c3' && stored.position < 20n
      ? Object.defineProperty(Object.create(stored), 'body', { value: 'no JSON' })
      : stored,
  );
  const { rows, sink } = collected();
  const fold = createFold({ measures, customers, parked, rows: sink }, 0n);
  await fold.take(poisoned);
  fold.finish();
  expect(rows.parked).toHaveLength(2);
  expect(rows.parked[0]).toMatchObject({ customerId: 'c3', error: expect.stringContaining('not JSON') });
  expect(rows.moments).toHaveLength(CUSTOMERS * ROUNDS - 2);
  expect(rows.customers.find(({ customerId }) => customerId === 'c3')?.purchases).toBe(ROUNDS - 2);
  expect(rows.customers.find(({ customerId }) => customerId === 'c4')?.purchases).toBe(ROUNDS);
});

test('an event whose due date is no date is set aside too, and the projection goes on', async () => {
  const parked = new Set<bigint>();
  const customers = createCustomers({ streams: store, measures, parked, fromBeginning: true });
  const { rows, sink } = collected();
  const fold = createFold({ measures, customers, parked, rows: sink }, 0n);
  const event = { id: 'p', source: '/s', type: 'touchstone.promise.made.v1', subject: 'new' };
  const body = JSON.stringify({ ...event, time: '2026-03-01T00:00:00.000Z', data: { promiseId: 'p', dueAt: 7 } });
  await fold.take([{ position: 1000n, stream: 'customer-new', time: Date.UTC(2026, 2, 1), recordedAt: 0, body }]);
  fold.finish();
  expect(rows.parked).toMatchObject([{ position: 1000n, customerId: 'new', eventId: 'p' }]);
  expect(rows.moments).toEqual([]);
});
