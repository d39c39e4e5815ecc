import { openEventStore, type StoredEvent } from '@touchstone/event-store';
import { foldCustomer, formatInstant, type JourneyEvent, viewCustomer } from '@touchstone/journey';
import { measures } from '@touchstone/journey/testing';
import { expect } from 'vitest';
import { request } from '../crash/system-process.ts';
import type { BrokerTools, ReadMessage } from '../kafka-broker/broker.ts';

/**
 * Requires the system to have these histories completely, and to show each customer and journey as
 * the pure fold does.
 */
export async function expectMeasured(url: string, histories: readonly JourneyEvent[][]): Promise<void> {
  const total = histories.flat().length;
  const position = () => request<Record<string, number>>(`${url}/v1/position`);
  const { log } = await position();
  await request(`${url}/v1/journeys?limit=1`, undefined, { 'touchstone-after': String(log) });
  expect(await position()).toMatchObject({ accepted: total, stored: total, projectedEvents: total, parked: 0 });
  const now = Math.max(...histories.flat().map(({ time }) => time));
  const list = async (path: string) =>
    (await request<{ items: ({ id: string; customerId?: string } & Record<string, unknown>)[] }>(`${url}${path}`))
      .items;
  const customers = await list('/v1/customers?limit=500');
  const journeys = await list('/v1/journeys?limit=500');
  const time = (at: number | null) => (at === null ? null : formatInstant(at));
  let expected = 0;
  for (const events of histories) {
    const { customerId } = events[0]!;
    const view = viewCustomer(measures, foldCustomer(measures, customerId, events, now)!);
    const { history: _history, journeys: theirs, next: _next, ...summary } = view;
    expect(customers.find(({ id }) => id === customerId)).toEqual({ ...summary, since: time(summary.since) });
    for (const journey of theirs) {
      const listed = journeys.find(({ id, customerId: whose }) => id === journey.id && whose === customerId);
      const { startedAt, lastAt, endedAt } = journey;
      expect(listed).toEqual({
        ...journey,
        startedAt: time(startedAt),
        lastAt: time(lastAt),
        endedAt: time(endedAt),
      });
    }
    expected += theirs.length;
  }
  expect(customers).toHaveLength(histories.length);
  expect(journeys).toHaveLength(expected);
}

/**
 * Requires that the store and the topic keep each rejected event with its reason and the place that
 * it came from.
 */
export async function expectRejected(url: string, broker: BrokerTools): Promise<void> {
  const refused = await broker.readTopic('touchstone.events.rejected');
  const from = ({ headers }: ReadMessage) =>
    `kafka:${headers['touchstone-topic']}/${headers['touchstone-partition']}/${headers['touchstone-offset']}`;
  const codes = Object.fromEntries(refused.map((message) => [from(message), message.headers['touchstone-code']]));
  expect(Object.values(codes).sort()).toEqual(['conflict', 'invalid_event', 'invalid_json', 'time_in_future']);
  const { items } = await request<{ items: { origin: string; code: string }[] }>(`${url}/v1/rejected`);
  expect(Object.fromEntries(items.map(({ origin, code }) => [origin, code]))).toEqual(codes);
}

/**
 * Requires that `touchstone.log` holds every event of the log, keyed by customer and in order, and
 * `touchstone.changes` more than `changesMin` announcements.
 */
export async function expectRelayed(
  broker: BrokerTools,
  eventStoreUrl: string,
  published: number,
  changesMin: number,
): Promise<void> {
  const store = await openEventStore(eventStoreUrl);
  const log: StoredEvent[] = [];
  for await (const page of store.readAll()) log.push(...page);
  await store.close();
  expect(log.filter(({ stream }) => stream.startsWith('customer-'))).toHaveLength(published);
  const announcements = log.filter(({ stream }) => stream.startsWith('changes-'));
  expect(announcements.length).toBeGreaterThan(changesMin);
  for (const [topic, events] of [
    ['touchstone.log', log],
    ['touchstone.changes', announcements],
  ] as const) {
    const furthest = new Map<number, bigint>();
    const read = new Map<string, ReadMessage>();
    for (const message of await broker.readTopic(topic)) {
      if (message.headers['touchstone-mark'] !== undefined) continue;
      const at = message.headers['touchstone-position']!;
      // A reader drops messages that it has seen; the rest must be in order.
      if (BigInt(at) <= (furthest.get(message.partition) ?? -1n)) continue;
      furthest.set(message.partition, BigInt(at));
      read.set(at, message);
    }
    expect(read.size, topic).toBe(events.length);
    for (const { position: at, stream, body } of events) {
      const message = read.get(String(at));
      expect(message?.value).toBe(body);
      expect(message?.key).toBe(stream.replace(/^(?:customer|changes)-/, ''));
    }
  }
}
