import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Definitions } from '../oracle/chronicle.ts';
import { customerOf, type PublishedEvent, timeOf, withoutRepeats } from '../oracle/published-event.ts';
import { randomCustomer, definitions as randomDefinitions } from '../oracle/random-customer.ts';

/** A fixed seed, so that a failure can be reproduced; another one gives other customers. */
export const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_240_229);
const CUSTOMERS = 150;

export type Json = Record<string, unknown>;

const random = fc.sample(fc.infiniteStream(fc.nat()), { seed: SEED, numRuns: 1 })[0]!;
/** The next random integer, 0 to below `sides`, of the seed's sequence. */
export const dice = (sides: number): number => (random.next().value as number) % sides;

/** Each customer's events in the order in which they are sent, duplicates included. */
const histories = new Map(
  fc.sample(randomCustomer(40), { seed: SEED, numRuns: CUSTOMERS }).map(({ events }, index) => {
    const id = index % 10 === 0 ? `shop/Zoë ${index}` : `c${index}`;
    return [id, events.map((event) => addressed(event, id, index))] as const;
  }),
);
export const definitions: Definitions = fc.sample(randomDefinitions, { seed: SEED, numRuns: 5 })[4]!;

/** The customer's id may be the subject, in the data, or both. */
function addressed(event: PublishedEvent, id: string, index: number): PublishedEvent {
  const { subject: _, ...rest } = event;
  if (index % 3 === 0) return { ...rest, data: { ...event.data, customerId: id } };
  return { ...rest, subject: id, data: index % 3 === 1 ? { ...event.data, customerId: id } : event.data };
}

export type DifferentialShop = Awaited<ReturnType<typeof startDifferentialShop>>;

/**
 * A whole system over its own log, the events published to it so far, and its answers once they
 * include all of those.
 */
export async function startDifferentialShop() {
  const folder = mkdtempSync(join(tmpdir(), 'differential-'));
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(Object.values(definitions)));
  const environment = {
    PORT: '0',
    CLOCK: 'log',
    // Histories of any year, so events may lie far ahead of the wall clock.
    FUTURE_LIMIT: 'off',
    TOUCHSTONE_DATA: join(folder, 'data'),
    DEFINITIONS: join(folder, 'definitions.json'),
  };
  const { url, stop } = await startTouchstone(readConfig(environment), createLogger({ level: 'error' }));
  const log = publishTo(url);
  return {
    url,
    ...log,
    ...askedAt(url, log.position),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function publishTo(url: string) {
  /** The events that the log holds, in its order, and the log's end. */
  const published: PublishedEvent[] = [];
  let position = '0';
  const sentOf = new Map<string, number>();

  async function publish(batch: readonly PublishedEvent[]): Promise<void> {
    const asLines = dice(2) === 0;
    const answer = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': asLines ? 'application/x-ndjson' : 'application/cloudevents-batch+json' },
      body: asLines ? batch.map((event) => JSON.stringify(event)).join('\n') : JSON.stringify(batch),
    });
    const told = (await answer.json()) as { accepted: number; duplicates: number; conflicts: number; position: string };
    const before = published.length;
    published.splice(0, before, ...withoutRepeats([...published, ...batch]));
    const accepted = published.length - before;
    expect(told, JSON.stringify(told)).toMatchObject({ accepted, rejected: 0 });
    expect(told.duplicates + told.conflicts).toBe(batch.length - accepted);
    position = told.position;
  }

  /**
   * Sends the rest of each history up to this share of it: interleaved, in batches of random size,
   * some of them twice.
   */
  async function publishUpTo(share: number): Promise<void> {
    const line = interleaved(
      [...histories].map(([id, events]) => {
        const sent = sentOf.get(id) ?? 0;
        sentOf.set(id, Math.ceil(events.length * share));
        return events.slice(sent, sentOf.get(id));
      }),
    );
    while (line.length > 0) {
      const batch = line.splice(0, 1 + dice(300));
      for (let repeats = dice(4); repeats > 0; repeats--) batch.push(batch[dice(batch.length)]!);
      await publish(batch);
      if (dice(5) === 0) await publish(batch);
    }
  }

  return {
    publish,
    publishUpTo,
    position: () => position,
    eventsOf: (customerId: string) => published.filter((event) => customerOf(event) === customerId),
    greatestTime: () => published.reduce((greatest, event) => Math.max(greatest, timeOf(event)), 0),
    customersSoFar: () => [...new Set(published.map(customerOf))],
  };
}

/** Merges the queues at random and keeps the order of each. */
function interleaved(queues: readonly PublishedEvent[][]): PublishedEvent[] {
  const line: PublishedEvent[] = [];
  for (let open = queues.filter((queue) => queue.length > 0); open.length > 0; ) {
    const queue = open[dice(open.length)]!;
    line.push(...queue.splice(0, 1 + dice(3)));
    open = open.filter(({ length }) => length > 0);
  }
  return line;
}

function askedAt(url: string, position: () => string) {
  async function get(path: string, parameters: Record<string, string> = {}): Promise<Json> {
    const answer = await fetch(`${url}${path}?${new URLSearchParams(parameters)}`, {
      headers: { 'touchstone-after': position() },
    });
    const body = (await answer.json()) as Json;
    if (!answer.ok && answer.status !== 404)
      throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(body)}`);
    return answer.ok ? body : { status: 404 };
  }

  /** Every page of a list, one after the other. */
  async function list(path: string, parameters: Record<string, string>): Promise<Json[]> {
    const items: Json[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await get(path, cursor == null ? parameters : { ...parameters, cursor });
      items.push(...(page.items as Json[]));
      cursor = page.nextCursor as string | null;
    } while (cursor !== null);
    return items;
  }
  return { get, list };
}
