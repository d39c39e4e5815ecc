import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { measures } from '@touchstone/journey/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomers } from './customers.ts';
import { foldPage } from './fold-page.ts';

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

test.each([
  ['there is room for all', { customersMax: 100 }],
  ['there is room for three', { customersMax: 3 }],
  ['nobody fits', { customersMax: 100, eventsMax: 5 }],
])('a customer who was forgotten is loaded from the log again, when %s', async (_case, room) => {
  const parked = new Set<bigint>();
  const customers = createCustomers({ store, measures, parked, fromBeginning: true, ...room });
  let after = 0n;
  const purchases = new Map<string, number>();
  for await (const page of store.readAll({ pageSize: 7 })) {
    const upTo = page.at(-1)!.position;
    const { batch } = await foldPage({ measures, customers, parked }, after, upTo, page);
    for (const row of batch.customers) purchases.set(row.customerId, row.purchases);
    after = upTo;
  }
  expect([...purchases.values()]).toEqual(Array(CUSTOMERS).fill(ROUNDS));
});

test('an event that cannot be taken is set aside, and its customer goes on without it', async () => {
  const parked = new Set<bigint>();
  const customers = createCustomers({ store, measures, parked, fromBeginning: true });
  const all = [];
  for await (const page of store.readAll()) all.push(...page);
  const poisoned = all.map((stored) =>
    stored.stream === 'customer-c3' && stored.position < 20n
      ? Object.defineProperty(Object.create(stored), 'body', { value: 'no JSON' })
      : stored,
  );
  const { batch } = await foldPage({ measures, customers, parked }, 0n, all.at(-1)!.position, poisoned);
  expect(batch.parked).toHaveLength(2);
  expect(batch.parked[0]).toMatchObject({ customerId: 'c3', error: expect.stringContaining('not JSON') });
  expect(batch.moments).toHaveLength(CUSTOMERS * ROUNDS - 2);
  expect(batch.customers.find(({ customerId }) => customerId === 'c3')?.purchases).toBe(ROUNDS - 2);
  expect(batch.customers.find(({ customerId }) => customerId === 'c4')?.purchases).toBe(ROUNDS);
});
