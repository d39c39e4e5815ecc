import type { EventStore, EventToAppend, StoredEvent } from '@touchstone/event-store';
import { type EventStoreDbOptions, eventStoreDbEventStore } from '@touchstone/event-store/eventstoredb';
import { onTestFinished } from 'vitest';
import { createLog } from '../eventstoredb-server/log.ts';
import { type EventStoreDbServer, type ServerOptions, startEventStoreDbServer } from '../eventstoredb-server/server.ts';

/**
 * Timeouts short enough that a server that never answers costs a test little, and long enough for a
 * busy machine.
 */
export const IMPATIENT = { callMs: 500, operationMs: 6_000, idleMs: 400 };

/** Timeouts for tests that store much and keep no call waiting on purpose. */
export const PATIENT = { ...IMPATIENT, callMs: 10_000, operationMs: 50_000 };

/** Starts a server for one test, and stops it afterwards. */
export async function givenServer(options: ServerOptions = {}): Promise<EventStoreDbServer> {
  const server = await startEventStoreDbServer(options);
  onTestFinished(() => server.stop());
  return server;
}

/**
 * Kills the server and starts another in its place, with the first `records` of its log, or with a
 * new log.
 */
export async function putBack(server: EventStoreDbServer, records: number | 'another'): Promise<EventStoreDbServer> {
  const { port } = server;
  await server.stop();
  const log = records === 'another' ? undefined : createLog(Date.now, server.log.records.slice(0, records));
  const next = await startEventStoreDbServer({ port, ...(log && { log }) });
  onTestFinished(() => next.stop());
  return next;
}

/**
 * Opens a store on a server and closes it after the test; `warnings` lists the problems that it
 * overcame.
 */
export async function givenStore(
  server: { readonly url: string },
  options: Partial<EventStoreDbOptions> = {},
): Promise<EventStore & { readonly warnings: string[] }> {
  const warnings: string[] = [];
  const warn = (what: string): void => {
    warnings.push(what);
  };
  const store = await eventStoreDbEventStore({ url: server.url, timing: IMPATIENT, warn, ...options });
  onTestFinished(() => store.close());
  return { ...store, warnings };
}

export function event(stream: string, id: string, data: unknown = { id }, time = 1_700_000_000_000): EventToAppend {
  const body = {
    specversion: '1.0',
    id,
    source: 'shop',
    type: 'order.placed',
    time: new Date(time).toISOString(),
    data,
  };
  return { stream, source: body.source, id, type: body.type, time, body: JSON.stringify(body) };
}

/** The log as read by another reader, which has none of the caches of the store under test. */
export async function logOf(server: EventStoreDbServer): Promise<StoredEvent[]> {
  Object.assign(server.faults, { append: undefined, read: undefined });
  const store = await givenStore(server);
  const events: StoredEvent[] = [];
  for await (const page of store.readAll()) events.push(...page);
  return events;
}

/** The error of a promise; if it resolves, an error that shows the value. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    throw new RangeError(
      `it went well: ${JSON.stringify(await promise, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
    );
  } catch (error) {
    return error as Error;
  }
}
