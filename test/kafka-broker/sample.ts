import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Accept, IngressBatch } from '@touchstone/event-bus';
import { type EventStore, type EventToAppend, sqliteEventStore } from '@touchstone/event-store';
import { acceptEvents } from '@touchstone/ingest';

interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
}

/** Published event number `n` of its customer's source. */
export const momentEvent = (n: number, customerId = `c-${n % 23}`) => ({
  specversion: '1.0',
  id: `e-${n}`,
  source: 'shop',
  type: 'touchstone.moment.recorded.v1',
  subject: customerId,
  time: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
  datacontenttype: 'application/json',
  data: { customerId, touchpoint: 'checkout', channel: 'web', outcome: n % 5 === 0 ? 'failed' : 'succeeded' },
});

export const structured = (event: Record<string, unknown>, key: string | null = String(event.subject)) => ({
  key,
  value: JSON.stringify(event),
  headers: { 'content-type': 'application/cloudevents+json' },
});

/** An event in the form that the log stores. */
export const stored = (stream: string, event: Envelope): EventToAppend => {
  const { id, source, type, time } = event;
  return { stream, id, source, type, time: Date.parse(time), body: JSON.stringify(event) };
};

/** An event to append to the log directly, without ingest. */
export const logEvent = (n: number, stream = `customer-c-${n % 23}`): EventToAppend => stored(stream, momentEvent(n));

export const logEvents = (from: number, to: number): EventToAppend[] =>
  Array.from({ length: to - from }, (_, n) => logEvent(from + n));

/** The core of the ingest service in the form that the ingress calls. */
export const acceptInto =
  (store: EventStore): Accept =>
  (batch: IngressBatch) =>
    acceptEvents({ store }, batch, batch.originOf);

/** A SQLite log in a new folder. */
export async function freshLog(): Promise<EventStore & { release(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-log-'));
  const store = await sqliteEventStore({ file: join(folder, 'log.db') });
  return {
    ...store,
    release: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function storedIds(store: EventStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of store.readAll({ streamPrefix: 'customer-' })) ids.push(...page.map(({ id }) => id));
  return ids;
}
